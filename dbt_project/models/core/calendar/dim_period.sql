{{ config(indexes=[{'columns': ['period_type', 'period_start_on'], 'unique': true}]) }}

-- Grain: one month, quarter, half-year or school year, from the first week the marts show to the as-of moment. A school year
-- begins on the SIS's first day of it, on 1 July where the SIS knows none between that day and the next 1 July.
-- A period is judged by its state at its end, the running one at the as-of moment.
-- Known gap: two school years that begin between one 1 July and the next count as one.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

calendar as (

    select * from {{ ref('dim_calendar_day') }}

),

first_week as (

    select min(week_start_on) as first_on from {{ ref('dim_week') }}

),

lengths as (

    select
        period_type,
        months::int as months
    from (values ('month', 1), ('quarter', 3), ('half_year', 6)) as known (period_type, months)

),

calendar_periods as (

    select
        lengths.period_type,
        generated.period_start_on::date as period_start_on,
        (generated.period_start_on + make_interval(months => lengths.months))::date as period_end_on
    from lengths
    cross join first_week
    cross join as_of
    cross join lateral generate_series(
        {{ period_of('first_week.first_on', 'lengths.months') }}::timestamp,
        as_of.as_of_on::timestamp,
        make_interval(months => lengths.months)
    ) as generated (period_start_on)

),

known_years as (

    select
        school_year,
        min(day) as starts_on
    from calendar
    where school_year is not null
    group by 1

),

fallback_years as (

    select
        generated.july_on::date as july_on,
        (generated.july_on + interval '1 year')::date as next_july_on
    from first_week
    cross join as_of
    cross join lateral generate_series(
        date_trunc('year', first_week.first_on::timestamp) - interval '18 months',
        date_trunc('year', as_of.as_of_on::timestamp) + interval '18 months',
        interval '1 year'
    ) as generated (july_on)

),

year_starts as (

    select coalesce(min(known_years.starts_on), fallback_years.july_on) as period_start_on
    from fallback_years
    left join known_years
        on known_years.starts_on >= fallback_years.july_on and known_years.starts_on < fallback_years.next_july_on
    group by fallback_years.july_on

),

school_years as (

    select
        period_start_on,
        lead(period_start_on) over (order by period_start_on) as period_end_on
    from year_starts

),

periods as (

    select * from calendar_periods

    union all

    select
        'year',
        school_years.period_start_on,
        school_years.period_end_on
    from school_years
    cross join first_week
    cross join as_of
    where school_years.period_start_on <= as_of.as_of_on and school_years.period_end_on > first_week.first_on

),

final as (

    select
        periods.period_type,
        periods.period_start_on,
        periods.period_end_on,
        (periods.period_end_on::timestamp at time zone as_of.timezone) <= as_of.as_of_at as is_complete,
        least(periods.period_end_on, as_of.days_over_before_on) as evaluated_before_on,
        least((periods.period_end_on::timestamp at time zone as_of.timezone), as_of.as_of_at) as evaluated_at
    from periods
    cross join as_of

)

select * from final
