-- Grain: one member of staff at one professional-development event. Whoever is listed without minutes of their own stayed for
-- the whole event.
with attendances as (

    select * from {{ ref('stg_csv_drop__pd_attendance') }}

),

events as (

    select * from {{ ref('pd_event') }}

),

final as (

    select
        events.event_key,
        attendances.staff_id,
        events.audience,
        events.topic_code,
        events.is_job_embedded,
        coalesce(attendances.attended_minutes, events.minutes) as attended_minutes,
        events.held_on,
        greatest(attendances._load_id, events._load_id) as _load_id
    from attendances
    inner join events on attendances.source_name || ':' || attendances.event_id = events.event_key

)

select * from final
