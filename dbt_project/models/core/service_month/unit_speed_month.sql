{{ config(indexes=[{'columns': ['period_start_on', 'unit_id'], 'unique': true}]) }}

-- Grain: one service unit in one month: how long the requests opened in it took, in the unit's business minutes, compared between
-- requests that block instruction and all others, and between schools of the highest and the lowest need. Whoever still waits
-- counts as longer than any, so leaving requests open never looks fast; withdrawn requests are left out.
-- Need: like is compared with like, within type and priority, where both quarters of schools have enough requests; the gap is the
-- median of those comparisons.
-- Known gap: a comparison in which one side is still open at its median counts as the largest difference told, not as more.
{%- set most = var('largest_speed_difference') %}
with unit_months as (

    select * from {{ ref('int_service_month__unit_month') }}

),

pace as (

    select * from {{ ref('int_speed_month__pace') }}

),

kinds as (

    select * from {{ ref('int_speed_month__like') }}

),

speeds as (

    select
        period_start_on,
        unit_id,
        coalesce(sum(n_requests) filter (where is_instruction_blocking), 0)::bigint as n_blocking,
        coalesce(sum(n_requests) filter (where not is_instruction_blocking), 0)::bigint as n_other,
        max(business_minutes_median) filter (where is_instruction_blocking) as blocking_median,
        max(business_minutes_median) filter (where not is_instruction_blocking) as other_median
    from pace
    group by 1, 2

),

asked as (

    select
        period_start_on,
        unit_id,
        sum(n_highest_need + n_lowest_need)::bigint as n_highest_and_lowest_need
    from kinds
    group by 1, 2

),

compared as (

    select
        *,
        case
            when lowest_need_median = 'Infinity' then -1
            when highest_need_median = 'Infinity' then {{ most }}
            else least(highest_need_median / lowest_need_median - 1, {{ most }})
        end as difference
    from kinds
    where
        n_highest_need >= {{ var('equity_min_requests') }}
        and n_lowest_need >= {{ var('equity_min_requests') }}
        and least(highest_need_median, lowest_need_median) < 'Infinity'

),

gaps as (

    select
        period_start_on,
        unit_id,
        count(*) as n_kinds_compared,
        sum(n_highest_need + n_lowest_need)::bigint as n_compared,
        percentile_cont(0.5) within group (order by difference) as equity_gap
    from compared
    group by 1, 2

),

final as (

    select
        unit_months.period_start_on,
        unit_months.unit_id,
        coalesce(speeds.n_blocking, 0) as n_blocking,
        coalesce(speeds.n_other, 0) as n_other,
        nullif(speeds.blocking_median, 'Infinity') as blocking_business_minutes_median,
        nullif(speeds.other_median, 'Infinity') as other_business_minutes_median,
        -- Both still open, or one of them never asked for, says nothing of which is faster.
        case
            when speeds.n_blocking = 0 or speeds.n_other = 0 then null
            when least(speeds.blocking_median, speeds.other_median) = 'Infinity' then null
            when speeds.blocking_median = 'Infinity' then 0
            when speeds.other_median = 'Infinity' then {{ most }}
            else round(least(speeds.other_median / speeds.blocking_median, {{ most }})::numeric, 4)
        end as blocking_speed_ratio,
        coalesce(asked.n_highest_and_lowest_need, 0) as n_highest_and_lowest_need,
        coalesce(gaps.n_kinds_compared, 0) as n_kinds_compared,
        coalesce(gaps.n_compared, 0) as n_compared,
        round(gaps.equity_gap::numeric, 4) as equity_gap,
        unit_months.settled_at,
        unit_months.data_as_of
    from unit_months
    left join speeds on unit_months.period_start_on = speeds.period_start_on and unit_months.unit_id = speeds.unit_id
    left join asked on unit_months.period_start_on = asked.period_start_on and unit_months.unit_id = asked.unit_id
    left join gaps on unit_months.period_start_on = gaps.period_start_on and unit_months.unit_id = gaps.unit_id

)

select * from final
