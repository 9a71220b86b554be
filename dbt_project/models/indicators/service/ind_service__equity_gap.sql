-- A gap has to last: the value is the smaller of this month's and last month's, so that one beyond the limit has been beyond it
-- for two months. The month's own gap is the numerator. Without a month before, nothing is said.
with speeds as (

    select
        *,
        lag(equity_gap) over (partition by unit_id order by period_start_on) as equity_gap_before,
        lag(n_compared) over (partition by unit_id order by period_start_on) as n_compared_before
    from {{ ref('unit_speed_month') }}

),

measured as (

    select
        unit_id as scope_id,
        period_start_on,
        equity_gap as numerator,
        null::numeric as denominator,
        case
            when equity_gap is not null and equity_gap_before is not null then least(equity_gap, equity_gap_before)
        end as value,
        -- Both months must have enough to compare.
        least(n_compared, n_compared_before) as n,
        n_compared::numeric / nullif(n_highest_and_lowest_need, 0) as coverage,
        data_as_of
    from speeds

),

final as (

    {{ indicator_rows('D3.9', 'unit') }}

)

select * from final
