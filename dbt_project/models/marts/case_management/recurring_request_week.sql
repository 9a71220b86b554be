{{ config(indexes=[{'columns': ['week_start_on', 'unit_id', 'school_key']}]) }}

-- Grain: one type of request that a school asked a unit for again and again (as often as makes part of a cluster) in the four
-- weeks up to one. Only the last weeks, which pages are told of. Withdrawn requests and those without a type do not count, types
-- are those of today. Beside it stands at how many schools the type kept coming back in the fuller of the months that the four
-- weeks touch: one school's trouble is its case manager's, that of many is a project's.
with weeks as (

    {{ queue_weeks() }}

),

requests as (

    select * from {{ ref('request_month_outcome') }}
    where not is_withdrawn and school_key <> '' and request_type <> 'uncategorised'

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

asked_in_week as (

    select
        {{ week_of('opened_on') }} as opened_week,
        school_key,
        unit_id,
        request_type,
        count(*) as n_requests,
        max(opened_on) as last_opened_on
    from requests
    where opened_month >= (select {{ period_of('min(weeks.week_start_on) - 21', 1) }} from weeks)
    group by 1, 2, 3, 4

),

asked as (

    select
        weeks.week_start_on,
        weeks.shown_on,
        asked_in_week.school_key,
        asked_in_week.unit_id,
        asked_in_week.request_type,
        sum(asked_in_week.n_requests) as n_requests,
        max(asked_in_week.last_opened_on) as last_opened_on
    from weeks
    inner join asked_in_week on asked_in_week.opened_week between weeks.week_start_on - 21 and weeks.week_start_on
    group by 1, 2, 3, 4, 5
    having sum(asked_in_week.n_requests) >= {{ var('cluster_min_requests') }}

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
