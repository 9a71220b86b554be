-- ILDs in post for at least half of the month's instructional days that had any ILD in post. No rows where the log never names an
-- observer: then nobody writes it down, which is not the same as nobody being coached. A running month has not had its chance
-- yet: `coverage` is the share of the month that the log reaches, or what it holds of the ILDs' hours, whichever is lower.
with months as (

    select
        *,
        max(n_days_in_post) over (partition by period_start_on) as n_most_days
    from {{ ref('ild_period') }}
    where period_type = 'month'

),

log as (

    select * from {{ ref('touchpoint_log') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

observed as (

    select min(occurred_on) as first_on from {{ ref('touchpoint') }}
    where observed_by_staff_id is not null

),

measured as (

    select
        as_of.district_id as scope_id,
        months.period_start_on,
        count(*) filter (where months.n_observed_sessions > 0) as numerator,
        count(*) as denominator,
        count(*) filter (where months.n_observed_sessions > 0)::numeric / count(*) as value,
        count(*) as n,
        least(
            min({{ share_reached(
                'months.period_start_on', 'months.period_end_on',
                local_day("least(log.log_as_of_at, months.evaluated_at) + interval '7 hours'", 'as_of.timezone')
            ) }}),
            avg(coalesce(months.log_coverage, 0))
        ) as coverage,
        min(months.data_as_of) as data_as_of
    from months
    cross join as_of
    cross join log
    cross join observed
    where months.n_days_in_post * 2 >= months.n_most_days and observed.first_on < months.period_end_on
    group by 1, 2

),

final as (

    {{ indicator_rows('D2.2', 'district') }}

)

select * from final
