{{ config(
    materialized='incremental',
    unique_key=['school_key', 'day'],
    full_refresh=false,
    on_schema_change='append_new_columns'
) }}

-- Grain: one school on one of its school days, from its first attendance event to its last, from Ed-Fi. Students' rows are let go
-- after 30 days; these counts are what lasts, so the table is added to and never rebuilt. A day whose events were all taken back
-- has zeros.
with identities as (

    select * from {{ ref('int_school_identity') }}
    where system_name = 'edfi'

),

events as (

    select
        identities.school_key,
        attendance.*,
        options.value is not null as is_absence
    from {{ ref('stg_edfi__student_attendance') }} as attendance
    inner join identities
        on attendance.source_name = identities.source_name and attendance.school_id = identities.source_school_id
    left join {{ source('config', 'source_option') }} as options
        on
            options.option_name = 'absences'
            and attendance.source_name = options.source_name
            and lower(options.value) in (attendance.category_code, lower(attendance.category))

),

calendar as (

    select * from {{ ref('school_calendar_day') }}
    where is_instructional

),

reach as (

    select
        school_key,
        min(event_on) as first_on,
        max(event_on) as last_on
    from events
    group by 1

),

days as (

    select
        reach.school_key,
        calendar.day
    from reach
    inner join calendar
        on reach.school_key = calendar.school_key and calendar.day between reach.first_on and reach.last_on

    union

    select
        school_key,
        event_on
    from events

),

final as (

    select
        days.school_key,
        days.day,
        count(events.student_hash) as n_events,
        count(distinct events.student_hash) filter (where events.is_absence) as n_absent_students,
        coalesce(sum(least(events.duration_days, 1)) filter (where events.is_absence), 0)::numeric as absent_days
    from days
    left join events on days.school_key = events.school_key and days.day = events.event_on
    group by 1, 2

)

select * from final
