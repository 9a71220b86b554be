-- Grain: one person's passing of the selection and readiness steps of one role.
with readiness as (

    select * from {{ source('raw_csv_drop', 'role_readiness') }}
    where _is_current and not _is_deleted

),

final as (

    select
        readiness_id,
        _source as source_name,
        staff_id,
        role,
        completed_on,
        _load_id
    from readiness

)

select * from final
