{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['period_start_on', 'unit_id'],
        indexes=[{'columns': ['period_start_on', 'unit_id'], 'unique': true}],
        post_hook="{{ forget_months_before_history() }}",
    )
}}

-- Grain: one service unit in one month: how long the requests opened in it took, in the unit's business minutes, compared between
-- requests that block instruction and all others, and between schools of the highest and the lowest need. Whoever still waits
-- counts as longer than any, so leaving requests open never looks fast; withdrawn requests are left out. Only months a change has
-- touched are counted again.
-- Need: like is compared with like, within type and priority, where both quarters of schools have enough requests; the gap is the
-- median of those comparisons. A school's quarter is that of the last snapshot before the month ended, or of the first there is.
-- Known gap: a comparison in which one side is still open at its median counts as the largest difference told, not as more.
-- depends_on: {{ ref('dim_period') }}
-- depends_on: {{ ref('int_service_month__touched') }}
{%- set most = var('largest_speed_difference') %}
with cells as (

    {{ unit_months_to_count() }}

),

outcomes as (

    select * from {{ ref('request_month_outcome') }}
    where not is_withdrawn

),

snapshots as (

    select * from {{ ref('school_need_snapshot') }}
    where need_quartile is not null

),

months as (

    select distinct
        period_start_on,
        period_end_on
    from cells

),

need as (

    select distinct on (months.period_start_on, snapshots.school_key)
        months.period_start_on,
        snapshots.school_key,
        snapshots.need_quartile
    from months
    cross join snapshots
    order by
        months.period_start_on asc,
        snapshots.school_key asc,
        snapshots.snapshot_on < months.period_end_on desc,
        case when snapshots.snapshot_on < months.period_end_on then snapshots.snapshot_on end desc,
        snapshots.snapshot_on asc

),

requests as (

    select
        cells.period_start_on,
        cells.unit_id,
        outcomes.request_type,
        outcomes.priority,
        outcomes.is_instruction_blocking,
        need.need_quartile,
        case
            when outcomes.resolved_on is null then 'Infinity'
            else greatest(outcomes.resolution_business_minutes, 1)
        end as minutes
    from cells
    inner join outcomes on cells.period_start_on = outcomes.opened_month and cells.unit_id = outcomes.unit_id
    left join need on cells.period_start_on = need.period_start_on and outcomes.school_key = need.school_key

),

speeds as (

    select
        period_start_on,
        unit_id,
        count(*) filter (where is_instruction_blocking) as n_blocking,
        count(*) filter (where not is_instruction_blocking) as n_other,
        percentile_disc(0.5) within group (order by minutes) filter (where is_instruction_blocking) as blocking_median,
        percentile_disc(0.5) within group (order by minutes) filter (where not is_instruction_blocking) as other_median,
        count(*) filter (where need_quartile in (1, 4)) as n_highest_and_lowest_need
    from requests
    where minutes is not null
    group by 1, 2

),

kinds as (

    select
        period_start_on,
        unit_id,
        request_type,
        priority,
        count(*) as n,
        count(*) filter (where need_quartile = 4) as n_highest_need,
        count(*) filter (where need_quartile = 1) as n_lowest_need,
        percentile_disc(0.5) within group (order by minutes) filter (where need_quartile = 4) as highest_need_median,
        percentile_disc(0.5) within group (order by minutes) filter (where need_quartile = 1) as lowest_need_median
    from requests
    where need_quartile in (1, 4) and minutes is not null
    group by 1, 2, 3, 4

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
        sum(n)::bigint as n_compared,
        percentile_cont(0.5) within group (order by difference) as equity_gap
    from compared
    group by 1, 2

),

final as (

    select
        cells.period_start_on,
        cells.unit_id,
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
        coalesce(speeds.n_highest_and_lowest_need, 0) as n_highest_and_lowest_need,
        coalesce(gaps.n_kinds_compared, 0) as n_kinds_compared,
        coalesce(gaps.n_compared, 0) as n_compared,
        round(gaps.equity_gap::numeric, 4) as equity_gap,
        cells.settled_at,
        cells.data_as_of
    from cells
    left join speeds on cells.period_start_on = speeds.period_start_on and cells.unit_id = speeds.unit_id
    left join gaps on cells.period_start_on = gaps.period_start_on and cells.unit_id = gaps.unit_id

)

select
    *,
    now() as changed_at
from final
