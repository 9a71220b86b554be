{{ config(indexes=[{'columns': ['period_start_on', 'unit_id', 'request_type'], 'unique': true}]) }}

-- Grain: one type of request of one unit in one month: the schools that asked for it, those where it came back again and again
-- (three times in the month), and the day on which it had at as many schools as make a cluster. Asking once is what a unit is
-- for; a type that keeps coming back at many schools is a problem to end. A month in which nothing was asked of the unit has one
-- row without a type, so that it is known to have been counted.
-- Known gap: the thirty days of a cluster are those of the month; one that lies across two months is seen in the larger part.
with unit_months as (

    select * from {{ ref('int_service_month__unit_month') }}

),

schools as (

    select * from {{ ref('int_cluster_month__school') }}
    where request_type is not null

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
        unit_months.period_start_on,
        unit_months.unit_id,
        types.request_type,
        coalesce(types.n_schools, 0) as n_schools,
        coalesce(types.n_recurring_schools, 0) as n_recurring_schools,
        coalesce(types.n_requests, 0) as n_requests,
        types.cluster_started_on,
        unit_months.settled_at,
        unit_months.data_as_of
    from unit_months
    left join types on unit_months.period_start_on = types.period_start_on and unit_months.unit_id = types.unit_id

)

select * from final
