{{ config(indexes=[{'columns': ['school_key', 'day']}]) }}

-- Grain: one school on one day that its calendars tell of, where its SIS gives dates (Ed-Fi). A school with several calendars
-- holds school when any of them does; a date holds school when any of its events says so, whatever else happens on it.
-- Calendars of a school year that name at least half of the weekdays between their first date and their last are taken as
-- complete: a day they do not name is not instructional. Sparser ones (a student's own, a few odd dates) speak for the dates they
-- name alone.
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
        max(day) as last_on,
        count(distinct day) filter (where extract(isodow from day) <= 5) as n_named_weekdays
    from dated
    group by 1, 2

),

complete_years as (

    select years.*
    from years
    where 2 * years.n_named_weekdays >= (
            select count(*)
            from generate_series(years.first_on, years.last_on, interval '1 day') as generated (day)
            where extract(isodow from generated.day) <= 5
        )

),

days as (

    select
        complete_years.school_key,
        complete_years.school_year,
        generated.day::date as day,
        false as is_instructional
    from complete_years
    cross join generate_series(complete_years.first_on, complete_years.last_on, interval '1 day') as generated (day)

    union all

    select
        school_key,
        school_year,
        day,
        is_instructional
    from dated

),

final as (

    select
        school_key,
        day,
        max(school_year) as school_year,
        bool_or(is_instructional) as is_instructional
    from days
    group by 1, 2

)

select * from final
