{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['period_start_on', 'unit_id', 'request_type', 'priority'],
        indexes=[{'columns': ['period_start_on', 'unit_id', 'request_type', 'priority'], 'unique': true}],
        post_hook='{{ forget_months_before_history() }}',
    )
}}

-- Grain: requests of one type and priority (0: none told) asked of one unit in one month, by schools of the highest and of the
-- lowest need: how many, and the business minutes half of them had taken. Whoever still waits counts as longer than any
-- (Infinity); withdrawn requests are left out.
-- depends_on: {{ ref('dim_period') }}
with kinds as (

    select * from {{ ref('int_speed_month__kind') }}

),

outcomes as (

    select * from {{ ref('request_month_outcome') }}
    where not is_withdrawn

),

waits as (

    select
        kinds.*,
        {{ wait_minutes('outcomes') }} as minutes
    from kinds
    left join outcomes
        on
            kinds.period_start_on = outcomes.opened_month
            and kinds.unit_id = outcomes.unit_id
            and kinds.school_key = outcomes.school_key
            and kinds.request_type = outcomes.request_type
            and kinds.priority = coalesce(outcomes.priority, 0)

),

final as (

    select
        period_start_on,
        unit_id,
        request_type,
        priority,
        count(minutes) filter (where need_quartile = 4) as n_highest_need,
        count(minutes) filter (where need_quartile = 1) as n_lowest_need,
        percentile_disc(0.5) within group (order by minutes) filter (where need_quartile = 4) as highest_need_median,
        percentile_disc(0.5) within group (order by minutes) filter (where need_quartile = 1) as lowest_need_median,
        quartiles_digest
    from waits
    group by period_start_on, unit_id, request_type, priority, quartiles_digest

)

select
    *,
    now() as changed_at
from final
