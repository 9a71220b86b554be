-- Grain: one ILD in one week, while paired with any school: span, and where the logged time of four weeks went.
with weeks as (

    select * from {{ ref('dim_week') }}

),

school_days as (

    select * from {{ ref('school_day') }}
    where ild_staff_id is not null

),

roles as (

    select * from {{ ref('role_assignment') }}
    where role = 'ild'

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where not is_cancelled

),

calendar as (

    select * from {{ ref('dim_calendar_day') }}

),

leaves as (

    select * from {{ ref('staff_leave') }}

),

log as (

    select * from {{ ref('touchpoint_log') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

pairings as (

    select
        weeks.week_start_on,
        school_days.ild_staff_id,
        count(*) as n_schools,
        count(distinct school_days.principal_staff_id) as n_principals
    from weeks
    inner join school_days on school_days.day = weeks.shown_on
    group by 1, 2

),

fte as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        max(roles.fte) as fte
    from pairings
    inner join weeks on pairings.week_start_on = weeks.week_start_on
    inner join roles
        on
            pairings.ild_staff_id = roles.staff_id
            and {{ covers('roles.valid_from', 'roles.valid_to', 'weeks.shown_on') }}
    group by 1, 2

),

logged as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        sum(contacts.minutes) as logged_minutes,
        sum(contacts.minutes) filter (where contacts.focus = 'instructional_leadership') as il_minutes
    from pairings
    inner join weeks on pairings.week_start_on = weeks.week_start_on
    inner join contacts
        on
            pairings.ild_staff_id = contacts.staff_id
            and contacts.occurred_on >= weeks.week_start_on - 21
            and contacts.occurred_on < weeks.evaluated_before_on
    group by 1, 2

),

expected as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        count(*) * {{ var('expected_log_minutes_per_day') }} as expected_minutes
    from pairings
    cross join log
    inner join weeks on pairings.week_start_on = weeks.week_start_on
    inner join calendar
        on
            calendar.is_instructional
            and calendar.day >= weeks.week_start_on - 21
            and calendar.day < least(weeks.evaluated_before_on, log.known_before_on)
    where not exists (
            select 1 from leaves
            where leaves.staff_id = pairings.ild_staff_id and {{ covers('leaves.valid_from', 'leaves.valid_to', 'calendar.day') }}
        )
    group by 1, 2

),

final as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        pairings.n_schools,
        pairings.n_principals,
        coalesce(fte.fte, 1)::numeric as fte,
        coalesce(logged.logged_minutes, 0) as logged_minutes,
        coalesce(logged.il_minutes, 0) as il_minutes,
        least(coalesce(logged.logged_minutes, 0)::numeric / nullif(expected.expected_minutes, 0), 1) as log_coverage,
        least(coalesce(log.log_as_of_at, as_of.as_of_at), as_of.as_of_at) as data_as_of
    from pairings
    cross join log
    cross join as_of
    left join fte on pairings.week_start_on = fte.week_start_on and pairings.ild_staff_id = fte.ild_staff_id
    left join logged on pairings.week_start_on = logged.week_start_on and pairings.ild_staff_id = logged.ild_staff_id
    left join expected on pairings.week_start_on = expected.week_start_on and pairings.ild_staff_id = expected.ild_staff_id

)

select * from final
