{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['period_start_on', 'unit_id', 'is_instruction_blocking'],
        indexes=[{'columns': ['period_start_on', 'unit_id', 'is_instruction_blocking'], 'unique': true}],
        post_hook='{{ forget_months_before_history() }}',
    )
}}

-- Grain: requests of one unit opened in one month that block instruction, or that do not: how many, and the business minutes half
-- of them had taken. Whoever still waits counts as longer than any (Infinity), so leaving requests open never looks fast;
-- withdrawn requests are left out. Only what a change has touched is counted again.
-- depends_on: {{ ref('dim_period') }}
-- depends_on: {{ ref('int_speed_month__touched_pace') }}
with outcomes as (

    select * from {{ ref('request_month_outcome') }}
    where not is_withdrawn and is_instruction_blocking is not null

),

{% if is_incremental() %}
    groups as (

        select
            period_start_on,
            unit_id,
            is_instruction_blocking
        from {{ ref('int_speed_month__touched_pace') }}
        where changed_at > {{ last_written() }}

    ),
{% else %}
    groups as (

        select distinct
            opened_month as period_start_on,
            unit_id,
            is_instruction_blocking
        from outcomes
        where
            opened_month in (
                select months.period_start_on from {{ ref('dim_period') }} as months
                where months.period_type = 'month'
            )

    ),
{% endif %}

waits as (

    select
        groups.*,
        {{ wait_minutes('outcomes') }} as minutes
    from groups
    left join outcomes
        on
            groups.period_start_on = outcomes.opened_month
            and groups.unit_id = outcomes.unit_id
            and groups.is_instruction_blocking = outcomes.is_instruction_blocking

),

final as (

    select
        period_start_on,
        unit_id,
        is_instruction_blocking,
        count(minutes) as n_requests,
        percentile_disc(0.5) within group (order by minutes) as business_minutes_median
    from waits
    group by 1, 2, 3

)

select
    *,
    now() as changed_at
from final
