-- Schools where principal and ILD were both in post on at least half of the month's instructional days, so that a vacancy does
-- not pass for neglect. `coverage` is the log's over all of them.
with school_months as (

    select
        *,
        max(n_exposure_days) over (partition by period_start_on) as n_most_exposure_days
    from {{ ref('partnership_month') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

counted as (

    select * from school_months
    where n_exposure_days > 0 and n_exposure_days * 2 >= n_most_exposure_days

),

means as (

    select
        period_start_on,
        avg(il_minutes) filter (where need_quartile = 4) as top_minutes,
        avg(il_minutes) filter (where need_quartile = 1) as bottom_minutes,
        count(*) filter (where need_quartile in (1, 4)) as n,
        least(sum(logged_minutes) / nullif(sum(expected_minutes), 0), 1) as coverage,
        min(data_as_of) as data_as_of
    from counted
    group by 1

),

measured as (

    select
        as_of.district_id as scope_id,
        means.period_start_on,
        means.top_minutes as numerator,
        means.bottom_minutes as denominator,
        means.top_minutes / nullif(means.bottom_minutes, 0) as value,
        means.n,
        means.coverage,
        means.data_as_of
    from means
    cross join as_of

),

final as (

    {{ indicator_rows('D1.11', 'district') }}

)

select * from final
