{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['period_start_on', 'unit_id'],
        indexes=[{'columns': ['period_start_on', 'unit_id', 'request_type'], 'unique': true}],
        post_hook="{{ forget_months_before_history() }}",
    )
}}

-- Grain: one type of request of one unit in one month: the schools that asked for it, those where it came back again and again
-- (three times in the month), and the day on which it had at as many schools as make a cluster. Asking once is what a unit is
-- for; a type that keeps coming back at many schools is a problem to end. A month in which nothing was asked of the unit has one
-- row without a type, so that it is known to have been counted. Withdrawn requests and those without a school are left out. Only
-- months a change has touched are counted again.
-- Known gap: the thirty days of a cluster are those of the month; one that lies across two months is seen in the larger part.
-- depends_on: {{ ref('dim_period') }}
-- depends_on: {{ ref('int_service_month__touched') }}
with cells as (

    {{ unit_months_to_count() }}

),

outcomes as (

    select * from {{ ref('request_month_outcome') }}
    where not is_withdrawn and school_key <> ''

),

asked as (

    select
        cells.period_start_on,
        cells.unit_id,
        outcomes.request_type,
        outcomes.school_key,
        outcomes.opened_on,
        row_number() over (
            partition by cells.period_start_on, cells.unit_id, outcomes.request_type, outcomes.school_key
            order by outcomes.opened_on, outcomes.request_key
        ) as request_no
    from cells
    inner join outcomes on cells.period_start_on = outcomes.opened_month and cells.unit_id = outcomes.unit_id

),

schools as (

    select
        period_start_on,
        unit_id,
        request_type,
        school_key,
        count(*) as n_requests,
        min(opened_on) filter (where request_no = {{ var('cluster_min_requests') }}) as recurring_since_on
    from asked
    group by 1, 2, 3, 4

),

numbered as (

    select
        *,
        row_number() over (
            partition by period_start_on, unit_id, request_type order by recurring_since_on, school_key
        ) as school_no
    from schools

),

types as (

    select
        period_start_on,
        unit_id,
        request_type,
        count(*) as n_schools,
        count(recurring_since_on) as n_recurring_schools,
        sum(n_requests)::bigint as n_requests,
        min(recurring_since_on) filter (where school_no = {{ var('cluster_min_schools') }}) as cluster_started_on
    from numbered
    group by 1, 2, 3

),

final as (

    select
        cells.period_start_on,
        cells.unit_id,
        types.request_type,
        coalesce(types.n_schools, 0) as n_schools,
        coalesce(types.n_recurring_schools, 0) as n_recurring_schools,
        coalesce(types.n_requests, 0) as n_requests,
        types.cluster_started_on,
        cells.settled_at,
        cells.data_as_of
    from cells
    left join types on cells.period_start_on = types.period_start_on and cells.unit_id = types.unit_id

)

select
    *,
    now() as changed_at
from final
