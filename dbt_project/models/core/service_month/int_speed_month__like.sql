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
-- (Infinity); withdrawn requests are left out. Only what a change has touched is counted again, and months in which the quarters
-- of need have changed.
-- depends_on: {{ ref('dim_period') }}
-- depends_on: {{ ref('int_speed_month__touched_like') }}
with outcomes as (

    select * from {{ ref('request_month_outcome') }}
    where not is_withdrawn

),

need as (

    select * from {{ ref('int_need_month') }}
    where need_quartile in (1, 4)

),

months as (

    select
        period_start_on,
        min(quartiles_digest) as quartiles_digest
    from need
    group by 1

),

kinds as (

    {% if is_incremental() %}
        select
            period_start_on,
            unit_id,
            request_type,
            priority
        from {{ ref('int_speed_month__touched_like') }}
        where changed_at > {{ last_written() }}

        union

        select
            held.period_start_on,
            held.unit_id,
            held.request_type,
            held.priority
        from {{ this }} as held
        left join months on held.period_start_on = months.period_start_on
        where held.quartiles_digest is distinct from months.quartiles_digest
    {% else %}
        select distinct
            opened_month as period_start_on,
            unit_id,
            request_type,
            coalesce(priority, 0) as priority
        from outcomes
        where
            opened_month in (
                select months.period_start_on from {{ ref('dim_period') }} as months
                where months.period_type = 'month'
            )
    {% endif %}

),

waits as (

    select
        kinds.period_start_on,
        kinds.unit_id,
        kinds.request_type,
        kinds.priority,
        need.need_quartile,
        {{ wait_minutes('outcomes') }} as minutes
    from kinds
    inner join need on kinds.period_start_on = need.period_start_on
    inner join outcomes
        on
            kinds.period_start_on = outcomes.opened_month
            and kinds.unit_id = outcomes.unit_id
            and need.school_key = outcomes.school_key
            and kinds.request_type = outcomes.request_type
            and kinds.priority = coalesce(outcomes.priority, 0)

),

compared as (

    select
        period_start_on,
        unit_id,
        request_type,
        priority,
        count(*) filter (where need_quartile = 4) as n_highest_need,
        count(*) filter (where need_quartile = 1) as n_lowest_need,
        percentile_disc(0.5) within group (order by minutes) filter (where need_quartile = 4) as highest_need_median,
        percentile_disc(0.5) within group (order by minutes) filter (where need_quartile = 1) as lowest_need_median
    from waits
    group by 1, 2, 3, 4

),

final as (

    select
        kinds.period_start_on,
        kinds.unit_id,
        kinds.request_type,
        kinds.priority,
        coalesce(compared.n_highest_need, 0) as n_highest_need,
        coalesce(compared.n_lowest_need, 0) as n_lowest_need,
        compared.highest_need_median,
        compared.lowest_need_median,
        months.quartiles_digest
    from kinds
    left join compared
        on
            kinds.period_start_on = compared.period_start_on
            and kinds.unit_id = compared.unit_id
            and kinds.request_type = compared.request_type
            and kinds.priority = compared.priority
    left join months on kinds.period_start_on = months.period_start_on

)

select
    *,
    now() as changed_at
from final
