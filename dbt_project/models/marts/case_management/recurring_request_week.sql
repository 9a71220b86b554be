{{ config(indexes=[{'columns': ['week_start_on', 'unit_id', 'school_key']}]) }}

-- Grain: one type of request that a school asked a unit for again and again (as often as makes part of a cluster) in the four
-- weeks up to one. Only the last weeks, which pages are told of. Withdrawn requests and those without a type do not count, types
-- are those of today. Beside it stands at how many schools the type kept coming back in the fuller of the months that the four
-- weeks touch: one school's trouble is its case manager's, that of many is a project's.
with weeks as (

    {{ queue_weeks() }}

),

outcomes as (

    select * from {{ ref('request_outcome') }}
    where school_key <> ''

),

requests as (

    select * from {{ ref('int_service_request') }}
    where not is_withdrawn and request_type <> 'uncategorised'

),

clusters as (

    select * from {{ ref('request_cluster_month') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

asked as (

    select
        weeks.week_start_on,
        weeks.shown_on,
        outcomes.school_key,
        outcomes.unit_id,
        requests.request_type,
        count(*) as n_requests,
        max(requests.created_on) as last_opened_on
    from weeks
    inner join outcomes
        on
            outcomes.opened_week between weeks.week_start_on - 21 and weeks.week_start_on
            and outcomes.created_at < weeks.evaluated_at
    inner join requests on outcomes.request_key = requests.request_key
    group by 1, 2, 3, 4, 5
    having count(*) >= {{ var('cluster_min_requests') }}

),

final as (

    select
        asked.week_start_on,
        asked.school_key,
        schools.school_name,
        asked.unit_id,
        units.unit_name,
        asked.request_type,
        asked.n_requests::int as n_requests,
        asked.last_opened_on,
        coalesce(district.n_schools, 1)::int as n_schools
    from asked
    inner join schools on asked.school_key = schools.school_key
    inner join units on asked.unit_id = units.unit_id
    cross join lateral (
        select max(clusters.n_recurring_schools) as n_schools
        from clusters
        where
            clusters.unit_id = asked.unit_id
            and clusters.request_type = asked.request_type
            and clusters.period_start_on in (
                {{ period_of('asked.week_start_on - 21', 1) }}, {{ period_of('asked.shown_on', 1) }}
            )
    ) as district

)

select * from final
