with leaves as (

    select * from {{ source('raw_csv_drop', 'hr_leave') }}
    where _is_current and not _is_deleted

),

final as (

    select
        leave_id,
        _source as source_name,
        staff_id,
        starts_on,
        ends_on,
        _load_id
    from leaves

)

select * from final
