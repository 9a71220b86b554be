{{ config(indexes=[{'columns': ['day']}]) }}

-- Grain: one open school on one day, where its own SIS tells whether it holds school: by dates of its calendars (Ed-Fi), else by
-- terms, Monday to Friday. Days without school in the district file count for every school.
with schools as (

    select * from {{ ref('dim_school') }}

),

days as (

    select * from {{ ref('int_calendar_day') }}

),

terms as (

    select * from {{ ref('int_school_term') }}

),

dates as (

    select * from {{ ref('int_school_calendar_date') }}

),

-- A source's terms are looked up once for all its schools.
source_days as (

    select distinct on (terms.source_name, days.day)
        terms.source_name,
        days.day,
        terms.term_id,
        terms.school_year
    from days
    inner join terms on terms.school_key is null and {{ covers('terms.starts_on', 'terms.ends_on', 'days.day') }}
    order by terms.source_name, days.day, terms.starts_on desc, terms.term_id

),

school_days as (

    select distinct on (terms.school_key, days.day)
        terms.school_key,
        days.day,
        terms.term_id,
        terms.school_year
    from days
    inner join terms on terms.school_key is not null and {{ covers('terms.starts_on', 'terms.ends_on', 'days.day') }}
    order by terms.school_key, days.day, terms.starts_on desc, terms.term_id

),

informed as (

    select
        schools.school_key,
        schools.source_name,
        schools.closed_on,
        exists(
            select 1 from terms
            where terms.school_key = schools.school_key or (terms.school_key is null and terms.source_name = schools.source_name)
        ) as has_terms,
        exists(select 1 from dates where dates.school_key = schools.school_key) as has_dates
    from schools

),

final as (

    select
        informed.school_key,
        days.day,
        coalesce(
            school_days.term_id, source_days.term_id, dates.school_year::text || ' calendar'
        ) as term_id,
        coalesce(dates.school_year, school_days.school_year, source_days.school_year) as school_year,
        case when dates.school_key is not null then 'calendar_dates' else 'terms' end as calendar_method,
        not days.is_no_school_day
        and coalesce(
            dates.is_instructional,
            days.iso_weekday <= 5 and coalesce(school_days.term_id, source_days.term_id) is not null
        ) as is_instructional
    from informed
    inner join days on days.day < coalesce(informed.closed_on, 'infinity'::date)
    left join dates on informed.school_key = dates.school_key and days.day = dates.day
    left join school_days on informed.school_key = school_days.school_key and days.day = school_days.day
    left join source_days on informed.source_name = source_days.source_name and days.day = source_days.day
    where informed.has_terms or informed.has_dates

)

select * from final
