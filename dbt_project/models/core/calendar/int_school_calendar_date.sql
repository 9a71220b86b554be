{{ config(indexes=[{'columns': ['school_key', 'day']}]) }}

-- Grain: one school on one day between the first and the last date of its calendars of a school year, where its SIS gives dates
-- (Ed-Fi). A school with several calendars holds school when any of them does; a date holds school when any of its events says
-- so, whatever else happens on it. A day no calendar names is not instructional.
with events as (

    select * from {{ ref('stg_edfi__calendar_event') }}

),

identities as (

    select * from {{ ref('int_school_identity') }}
    where system_name = 'edfi'

),

instructional as (

    select * from {{ source('config', 'source_option') }}
    where option_name = 'instructional_events'

),

dated as (

    select
        identities.school_key,
        events.school_year,
        events.day,
        bool_or(instructional.value is not null) as is_instructional
    from events
    inner join identities
        on events.source_name = identities.source_name and events.school_id = identities.source_school_id
    left join instructional
        on
            events.source_name = instructional.source_name
            and lower(instructional.value) in (events.event_code, lower(events.event))
    group by 1, 2, 3

),

years as (

    select
        school_key,
        school_year,
        min(day) as first_on,
        max(day) as last_on
    from dated
    group by 1, 2

),

days as (

    select distinct on (years.school_key, generated.day)
        years.school_key,
        years.school_year,
        generated.day::date as day
    from years
    cross join generate_series(years.first_on, years.last_on, interval '1 day') as generated (day)
    order by years.school_key, generated.day, years.school_year desc

),

final as (

    select
        days.school_key,
        days.day,
        days.school_year,
        coalesce(bool_or(dated.is_instructional), false) as is_instructional
    from days
    left join dated on days.school_key = dated.school_key and days.day = dated.day
    group by 1, 2, 3

)

select * from final
