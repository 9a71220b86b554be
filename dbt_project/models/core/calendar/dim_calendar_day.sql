-- Grain: one day. Instructional = inside a term, Monday to Friday, not a day without school. A district whose SIS gives no
-- sessions at all has every weekday counted, which is said in has_sessions; a day outside the known years is not instructional.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

sessions as (

    select * from {{ ref('stg_oneroster__academic_session') }}

),

no_school as (

    select * from {{ source('config', 'no_school_day') }}

),

first_seen as (

    select min({{ local_day('created_at', 'as_of.timezone') }}) as day
    from {{ ref('stg_servicenow__incident') }}
    cross join as_of

    union all

    select min({{ local_day('occurred_at', 'as_of.timezone') }})
    from {{ ref('stg_csv_drop__touchpoint') }}
    cross join as_of

    union all

    select min(starts_on) from sessions

),

-- Years without terms fall back on the year itself.
terms as (

    select
        session_id as term_id,
        school_year,
        starts_on,
        ends_on
    from sessions
    where session_type in ('term', 'semester')

    union all

    select
        years.session_id,
        years.school_year,
        years.starts_on,
        years.ends_on
    from sessions as years
    where
        years.session_type = 'schoolYear'
        and not exists (
            select 1 from sessions as parts
            where
                parts.session_type in ('term', 'semester')
                and parts.starts_on < years.ends_on and years.starts_on < parts.ends_on
        )

),

days as (

    select generated.day::date as day
    from as_of
    cross join generate_series(
        {{ week_of("(select min(first_seen.day) from first_seen)") }} - 7,
        as_of.as_of_on + 14,
        interval '1 day'
    ) as generated (day)

),

placed as (

    select
        days.day,
        extract(isodow from days.day)::int as iso_weekday,
        {{ week_of('days.day') }} as week_start_on,
        term.term_id,
        term.school_year,
        exists(select 1 from sessions) as has_sessions,
        no_school.day is not null as is_no_school_day
    from days
    left join no_school on days.day = no_school.day
    left join lateral (
        select
            terms.term_id,
            terms.school_year
        from terms
        where {{ covers('terms.starts_on', 'terms.ends_on', 'days.day') }}
        order by terms.starts_on desc, terms.term_id
        limit 1
    ) as term on true

),

judged as (

    select
        *,
        iso_weekday <= 5 and not is_no_school_day and (term_id is not null or not has_sessions) as is_instructional
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
