-- Watched below half the district's median of the week, too: an even drought is the act limit's to find.
with measured as (

    select
        school_key as scope_id,
        week_start_on as period_start_on,
        il_minutes_20_days as numerator,
        null::numeric as denominator,
        il_minutes_20_days as value,
        n_exposure_days as n,
        log_coverage as coverage,
        data_as_of
    from {{ ref('partnership_week') }}

),

medians as (

    select
        period_start_on,
        percentile_cont(0.5) within group (order by value) as median
    from measured
    group by 1

),

final as (

    {{ indicator_rows(
        'D1.6', 'school',
        watch='(select greatest(limits.watch, medians.median / 2) from medians where medians.period_start_on = measured.period_start_on)'
    ) }}

)

select * from final
