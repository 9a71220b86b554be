-- Grain: one week, from the first data (at most history_weeks back) to the week of the as-of moment.
-- A week is judged by its state at its end; the running one at the as-of moment. It counts towards persistence when it has
-- an instructional day (working day for service), the running one from its third such day on: a Monday morning
-- must not make "two of the last three weeks" out of one.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

days as (

    select * from {{ ref('dim_calendar_day') }}

),

first_data as (

    select first_on as day from {{ ref('int_first_data') }}
    where evidence = 'activity'

),

weeks as (

    select
        generated.week_start_on::date as week_start_on,
        as_of.timezone,
        as_of.as_of_at,
        as_of.as_of_on,
        as_of.days_over_before_on
    from as_of
    cross join generate_series(
        greatest(
            {{ week_of("(select min(first_data.day) from first_data)") }},
            {{ week_of('as_of.as_of_on') }} - 7 * ({{ var('history_weeks') }} - 1)
        ),
        {{ week_of('as_of.as_of_on') }},
        interval '7 days'
    ) as generated (week_start_on)

),

bounded as (

    select
        week_start_on,
        as_of_at,
        least(((week_start_on + 7)::timestamp at time zone timezone), as_of_at) as evaluated_at,
        least(week_start_on + 7, days_over_before_on) as evaluated_before_on,
        least(week_start_on + 6, as_of_on) as shown_on,
        ((week_start_on + 7)::timestamp at time zone timezone) <= as_of_at as is_complete
    from weeks

),

counted as (

    select
        bounded.week_start_on,
        count(*) filter (where days.is_instructional) as n_instructional_days,
        count(*) filter (where days.iso_weekday <= 5) as n_weekdays
    from bounded
    left join days
        on bounded.week_start_on = days.week_start_on and days.day < bounded.evaluated_before_on
    group by 1

),

final as (

    select
        bounded.week_start_on,
        bounded.evaluated_at,
        bounded.evaluated_before_on,
        bounded.shown_on,
        bounded.is_complete,
        counted.n_instructional_days,
        case
            when bounded.is_complete then counted.n_instructional_days >= 1
            else counted.n_instructional_days >= 3
        end as counts_for_partnership,
        bounded.is_complete or counted.n_weekdays >= 3 as counts_for_service
    from bounded
    inner join counted on bounded.week_start_on = counted.week_start_on

)

select * from final
