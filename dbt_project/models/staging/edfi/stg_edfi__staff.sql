-- Grain: one member of staff as one ODS shows it. `staff_id` is HR's number where the ODS holds it, else the ODS's own.
with staffs as (

    select * from {{ source('raw_edfi', 'staffs') }}
    where _is_current and not _is_deleted

),

final as (

    select
        staff_unique_id,
        _source as source_name,
        coalesce(nullif(hr_staff_id, ''), staff_unique_id) as staff_id,
        email_hash,
        _load_id
    from staffs

)

select * from final
