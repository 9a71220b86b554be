{{ config(indexes=[{'columns': ['week_start_on', 'ild_staff_id'], 'unique': true}]) }}

-- Grain: one ILD in one week, while paired with any school when the week was judged: span, and where the time, the planned visits
-- and the practices of the four weeks up to then went; contacts are the week's own.
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

days as (

    select * from {{ ref('ild_day') }}

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where is_by_ild and not is_cancelled and school_key is not null

),

il_contacts as (

    select * from {{ ref('touchpoint') }}
    where is_il_contact

),

stretches as (

    select * from {{ ref('staff_time') }}

),

visits as (

    select * from {{ ref('planned_visit') }}

),

steps as (

    select * from {{ ref('touchpoint_next_step') }}
    where not is_dropped

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
        weeks.evaluated_at,
        weeks.evaluated_before_on,
        school_days.ild_staff_id,
        count(*) as n_schools,
        count(distinct school_days.principal_staff_id) as n_principals
    from weeks
    inner join school_days on school_days.day = weeks.shown_on
    group by 1, 2, 3, 4

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

time_spent as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        sum(days.worked_minutes) as worked_minutes,
        sum(days.il_minutes) as il_minutes,
        sum(days.direct_minutes) as direct_minutes,
        sum(days.operational_minutes) as operational_minutes,
        sum(days.expected_minutes) as expected_minutes,
        sum(days.logged_minutes) as logged_minutes,
        sum(days.log_expected_minutes) as log_expected_minutes
    from pairings
    inner join days
        on
            pairings.ild_staff_id = days.ild_staff_id
            and days.day >= pairings.week_start_on - 21
            and days.day < pairings.evaluated_before_on
    group by 1, 2

),

sources as (

    select
        staff_id,
        week_start_on,
        max(time_source) as time_source
    from stretches
    group by 1, 2

),

contact_counts as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        count(*) filter (where contacts.occurred_on >= pairings.week_start_on) as n_contacts,
        count(*) filter (
            where contacts.is_substantive and contacts.occurred_on >= pairings.week_start_on
        ) as n_substantive_contacts
    from pairings
    inner join contacts
        on
            pairings.ild_staff_id = contacts.staff_id
            and contacts.occurred_on >= pairings.week_start_on
            and contacts.occurred_at < pairings.evaluated_at
    group by 1, 2

),

practice as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        count(*) as n_il_contacts,
        count(*) filter (where il_contacts.is_tagged) as n_tagged_il_contacts,
        count(*) filter (where il_contacts.has_teaching_practice) as n_joint_work_contacts
    from pairings
    inner join il_contacts
        on
            pairings.ild_staff_id = il_contacts.staff_id
            and il_contacts.occurred_on >= pairings.week_start_on - 21
            and il_contacts.occurred_at < pairings.evaluated_at
    group by 1, 2

),

planned as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        count(*) as n_visits_planned,
        count(*) filter (where visits.is_broken) as n_visits_broken
    from pairings
    inner join visits
        on
            pairings.ild_staff_id = visits.staff_id
            and visits.planned_on >= pairings.week_start_on - 21
            and visits.planned_on < pairings.evaluated_before_on
    group by 1, 2

),

agreed as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        count(*) as n_steps_due,
        count(*) filter (where steps.is_reviewed_in_time) as n_steps_reviewed
    from pairings
    inner join steps
        on
            pairings.ild_staff_id = steps.staff_id
            and steps.review_before_on > pairings.week_start_on - 21
            and steps.review_before_on <= pairings.evaluated_before_on
    group by 1, 2

),

final as (

    select
        pairings.week_start_on,
        pairings.ild_staff_id,
        pairings.n_schools,
        pairings.n_principals,
        coalesce(fte.fte, 1)::numeric as fte,
        sources.time_source,
        coalesce(time_spent.worked_minutes, 0) as worked_minutes,
        coalesce(time_spent.il_minutes, 0) as il_minutes,
        coalesce(time_spent.direct_minutes, 0) as direct_minutes,
        coalesce(time_spent.operational_minutes, 0) as operational_minutes,
        least(time_spent.worked_minutes / nullif(time_spent.expected_minutes, 0), 1) as time_coverage,
        least(time_spent.logged_minutes / nullif(time_spent.log_expected_minutes, 0), 1) as log_coverage,
        coalesce(contact_counts.n_contacts, 0) as n_contacts,
        coalesce(contact_counts.n_substantive_contacts, 0) as n_substantive_contacts,
        coalesce(practice.n_il_contacts, 0) as n_il_contacts,
        coalesce(practice.n_tagged_il_contacts, 0) as n_tagged_il_contacts,
        coalesce(practice.n_joint_work_contacts, 0) as n_joint_work_contacts,
        coalesce(planned.n_visits_planned, 0) as n_visits_planned,
        coalesce(planned.n_visits_broken, 0) as n_visits_broken,
        coalesce(agreed.n_steps_due, 0) as n_steps_due,
        coalesce(agreed.n_steps_reviewed, 0) as n_steps_reviewed,
        least(coalesce(log.log_as_of_at, as_of.as_of_at), pairings.evaluated_at) as data_as_of
    from pairings
    cross join log
    cross join as_of
    left join fte on pairings.week_start_on = fte.week_start_on and pairings.ild_staff_id = fte.ild_staff_id
    left join time_spent
        on pairings.week_start_on = time_spent.week_start_on and pairings.ild_staff_id = time_spent.ild_staff_id
    left join sources
        on pairings.week_start_on = sources.week_start_on and pairings.ild_staff_id = sources.staff_id
    left join contact_counts
        on
            pairings.week_start_on = contact_counts.week_start_on
            and pairings.ild_staff_id = contact_counts.ild_staff_id
    left join practice
        on pairings.week_start_on = practice.week_start_on and pairings.ild_staff_id = practice.ild_staff_id
    left join planned
        on pairings.week_start_on = planned.week_start_on and pairings.ild_staff_id = planned.ild_staff_id
    left join agreed
        on pairings.week_start_on = agreed.week_start_on and pairings.ild_staff_id = agreed.ild_staff_id

)

select * from final
