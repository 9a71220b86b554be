-- Grain: one holiday of a schedule. Both ends are days off, as told.
with holidays as (

    select * from {{ source('raw_zendesk', 'holidays') }}
    where _is_current and not _is_deleted

),

final as (

    select
        id as holiday_id,
        _source as source_name,
        schedule_id,
        starts_on,
        ends_on as last_on,
        _load_id
    from holidays

)

select * from final
