{{ config(indexes=[{'columns': ['scope_type', 'scope_id', 'period_start_on'], 'unique': true}]) }}

-- Grain: one service unit (its case managers), or the district (them and the ILDs), in one month: who was in post on its last
-- day and had passed the steps of the role, and the weekdays on which a funded post had nobody in it.
-- A post day is vacant by as much FTE as is funded and not filled, role by role and unit by unit, so that one unit's plenty does
-- not fill another's gap. Without the register of funded posts the vacant days are null.
with months as (

    {{ register_periods(['role_readiness'], 'month') }}

),

staff as (

    select * from {{ ref('interface_staff') }}

),

readiness as (

    select * from {{ ref('role_readiness') }}

),

posts as (

    select * from {{ ref('post_funding') }}

),

post_reach as (

    select * from {{ ref('register_reach') }}
    where stream_name = 'post_funding'

),

calendar as (

    select * from {{ ref('dim_calendar_day') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

scopes as (

    select
        'unit' as scope_type,
        unit_id as scope_id
    from units

    union all

    select distinct
        'district',
        district_id
    from months

),

in_post as (

    select
        months.period_start_on,
        staff.unit_id,
        staff.staff_id,
        staff.role,
        bool_or(readiness.completed_on < months.evaluated_before_on) as is_ready
    from months
    inner join staff on {{ covers('staff.valid_from', 'staff.valid_to', 'months.evaluated_before_on - 1') }}
    left join readiness on staff.staff_id = readiness.staff_id and staff.role = readiness.role
    group by 1, 2, 3, 4

),

days as (

    select
        months.period_start_on,
        calendar.day
    from months
    cross join post_reach
    inner join calendar
        on
            calendar.iso_weekday <= 5
            and calendar.day >= greatest(months.period_start_on, post_reach.known_from_on)
            and calendar.day < least(months.evaluated_before_on, post_reach.known_before_on)

),

funded as (

    select
        days.day,
        posts.role,
        posts.unit_id,
        sum(posts.fte) as fte
    from days
    inner join posts on {{ covers('posts.valid_from', 'posts.valid_to', 'days.day') }}
    group by 1, 2, 3

),

filled as (

    select
        days.day,
        staff.role,
        staff.unit_id,
        sum(staff.fte) as fte
    from days
    inner join staff on {{ covers('staff.valid_from', 'staff.valid_to', 'days.day') }}
    group by 1, 2, 3

),

vacant as (

    select
        days.period_start_on,
        funded.unit_id,
        sum(greatest(funded.fte - coalesce(filled.fte, 0), 0)) as vacant_days
    from days
    inner join funded on days.day = funded.day
    left join filled
        on
            funded.day = filled.day
            and funded.role = filled.role
            and coalesce(funded.unit_id, '') = coalesce(filled.unit_id, '')
    group by 1, 2

),

people as (

    select
        scopes.scope_type,
        scopes.scope_id,
        in_post.period_start_on,
        count(*) as n_assignments,
        count(*) filter (where in_post.is_ready) as n_ready
    from scopes
    inner join in_post on scopes.scope_type = 'district' or scopes.scope_id = in_post.unit_id
    group by 1, 2, 3

),

vacancies as (

    select
        scopes.scope_type,
        scopes.scope_id,
        vacant.period_start_on,
        sum(vacant.vacant_days) as vacant_days
    from scopes
    inner join vacant on scopes.scope_type = 'district' or scopes.scope_id = vacant.unit_id
    group by 1, 2, 3

),

final as (

    select
        scopes.scope_type,
        scopes.scope_id,
        months.period_start_on,
        coalesce(people.n_assignments, 0) as n_assignments,
        coalesce(people.n_ready, 0) as n_ready,
        case when exists (select 1 from post_reach) then coalesce(vacancies.vacant_days, 0) end as vacant_days,
        months.coverage,
        months.data_as_of
    from scopes
    cross join months
    left join people
        on
            scopes.scope_type = people.scope_type
            and scopes.scope_id = people.scope_id
            and months.period_start_on = people.period_start_on
    left join vacancies
        on
            scopes.scope_type = vacancies.scope_type
            and scopes.scope_id = vacancies.scope_id
            and months.period_start_on = vacancies.period_start_on

)

select * from final
