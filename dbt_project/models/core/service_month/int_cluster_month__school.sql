{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['period_start_on', 'unit_id', 'school_key'],
        indexes=[{'columns': ['period_start_on', 'unit_id', 'school_key']}],
        post_hook="{{ forget_months_before_history() }}",
    )
}}

-- Grain: one type of request that a school asked of a unit in one month: how often, and the day of the request with which it had
-- come back (the third). Withdrawn requests and those without a school are left out. Only cells (school, unit, month) a request
-- has entered, left or changed in are counted again; one that has none any more keeps a row without a type.
-- depends_on: {{ ref('dim_period') }}
-- depends_on: {{ ref('int_service_month__touched') }}
with outcomes as (

    select * from {{ ref('request_month_outcome') }}
    where not is_withdrawn and school_key <> ''

),

{% if is_incremental() %}
    cells as (

        select
            period_start_on,
            unit_id,
            school_key
        from {{ ref('int_service_month__touched') }}
        where
            changed_at > {{ last_written() }}
            and school_key <> ''
            and period_start_on in (
                select months.period_start_on from {{ ref('dim_period') }} as months
                where months.period_type = 'month'
            )

    ),
{% else %}
    cells as (

        select distinct
            outcomes.opened_month as period_start_on,
            outcomes.unit_id,
            outcomes.school_key
        from outcomes
        inner join {{ ref('int_service_month__unit_month') }} as unit_months
            on outcomes.opened_month = unit_months.period_start_on and outcomes.unit_id = unit_months.unit_id

    ),
{% endif %}

asked as (

    select
        cells.period_start_on,
        cells.unit_id,
        cells.school_key,
        outcomes.request_type,
        outcomes.opened_on,
        row_number() over (
            partition by cells.period_start_on, cells.unit_id, cells.school_key, outcomes.request_type
            order by outcomes.opened_on, outcomes.request_key
        ) as request_no
    from cells
    left join outcomes
        on
            cells.period_start_on = outcomes.opened_month
            and cells.unit_id = outcomes.unit_id
            and cells.school_key = outcomes.school_key

),

final as (

    select
        period_start_on,
        unit_id,
        school_key,
        request_type,
        count(request_type) as n_requests,
        min(opened_on) filter (where request_no = {{ var('cluster_min_requests') }}) as recurring_since_on
    from asked
    group by 1, 2, 3, 4

)

select
    *,
    now() as changed_at
from final
