-- Grain: one member of staff at one event.
with attendances as (

    select * from {{ source('raw_csv_drop', 'pd_attendance') }}
    where _is_current and not _is_deleted

),

final as (

    select
        event_id,
        staff_id,
        _source as source_name,
        attended_minutes,
        _load_id
    from attendances

)

select * from final
