-- Grain: one day, as the district sees it. Instructional = at least half of the open schools whose SIS tells hold school: inside
-- a term, Monday to Friday, or on a date of their own calendars, and never on a day without school of the district file. What one
-- school does stands in school_calendar_day.
-- A district whose SIS gives neither terms nor calendars has every weekday counted, which is said in has_sessions; a day outside
-- the known years is not instructional.
with days as (

    select * from {{ ref('int_calendar_day') }}

),

school_days as (

    select * from {{ ref('int_school_calendar_day') }}

),

terms as (

    select * from {{ ref('int_school_term') }}

),

told as (

    select
        day,
        mode() within group (order by term_id) as term_id,
        mode() within group (order by school_year) as school_year,
        count(*) as n_schools,
        count(*) filter (where is_instructional) as n_instructional_schools
    from school_days
    group by 1

),

-- Before the first school is known, the terms alone tell.
known_terms as (

    select distinct on (days.day)
        days.day,
        terms.term_id,
        terms.school_year
    from days
    inner join terms on {{ covers('terms.starts_on', 'terms.ends_on', 'days.day') }}
    order by days.day, terms.starts_on desc, terms.term_id

),

placed as (

    select
        days.*,
        coalesce(told.term_id, known_terms.term_id) as term_id,
        coalesce(told.school_year, known_terms.school_year) as school_year,
        exists (select 1 from school_days) or exists (select 1 from terms) as has_sessions,
        told.n_schools,
        told.n_instructional_schools
    from days
    left join told on days.day = told.day
    left join known_terms on days.day = known_terms.day

),

judged as (

    select
        *,
        case
            when is_no_school_day then false
            when n_schools > 0 then 2 * n_instructional_schools >= n_schools
            else iso_weekday <= 5 and (term_id is not null or not has_sessions)
        end as is_instructional
    from placed

),

final as (

    select
        day,
        iso_weekday,
        week_start_on,
        term_id,
        school_year,
        has_sessions,
        is_no_school_day,
        is_instructional,
        count(*) filter (where is_instructional) over (order by day) as instructional_day_no
    from judged

)

select * from final
