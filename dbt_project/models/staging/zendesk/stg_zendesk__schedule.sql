-- Grain: one open stretch of a schedule's week, in one version. Minutes count from Sunday midnight, local.
with schedules as (

    select * from {{ source('raw_zendesk', 'schedules') }}

),

final as (

    select
        schedule_id,
        _source as source_name,
        name as schedule_name,
        time_zone,
        starts_minute::int as starts_minute,
        ends_minute::int as ends_minute,
        _seen_from > min(_seen_from) over (partition by _source) as is_change,
        _is_deleted as is_deleted,
        _seen_from as seen_from,
        _seen_to as seen_to,
        _load_id
    from schedules

)

select * from final
