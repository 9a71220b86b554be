{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['period_start_on', 'unit_id', 'school_key'],
        indexes=[
            {'columns': ['period_start_on', 'unit_id', 'school_key'], 'unique': true},
            {'columns': ['changed_at']},
        ],
        post_hook="{{ forget_months_before_history() }}",
    )
}}

-- Grain: one school ('' for requests without one) and one unit in one month, whether or not anything was asked: what was opened,
-- solved and resolved in it. Only the cells a change has touched are counted again (int_service_month__cell).
-- Reopened soon: of the requests first solved in the month, those reopened within the settling days of a resolution. A resolution
-- whose days are not over is counted on neither side. Hand-offs are those of the requests opened in the month, so far.
-- One contact: resolved in the month with at most one reply, no hand-off and no reopening.
-- Owned: resolved in the month while one of the school's case managers in the unit, primary or backup, owned or followed it.
-- depends_on: {{ ref('dim_period') }}
with cells as (

    select * from {{ ref('int_service_month__cell') }}

),

assignments as (

    select * from {{ ref('case_manager_assignment') }}
    where school_key is not null

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

outcomes as not materialized (

    select * from {{ ref('request_month_outcome') }}

),

opened as (

    select
        cells.period_start_on,
        cells.unit_id,
        cells.school_key,
        count(*) as n_opened,
        count(*) filter (where outcomes.is_begun_by_unit) as n_opened_by_unit,
        count(*) filter (where not outcomes.is_withdrawn) as n_not_withdrawn,
        coalesce(sum(outcomes.n_group_changes) filter (where not outcomes.is_withdrawn), 0)::bigint as n_group_changes,
        count(*) filter (
            where not outcomes.is_withdrawn and outcomes.n_group_changes >= {{ var('many_group_changes') }}
        ) as n_handed_on_often
    from cells
    inner join outcomes
        on
            cells.period_start_on = outcomes.opened_month
            and cells.unit_id = outcomes.unit_id
            and cells.school_key = outcomes.school_key
    group by 1, 2, 3

),

solved as (

    select
        cells.period_start_on,
        cells.unit_id,
        cells.school_key,
        count(*) as n_solved,
        count(*) filter (where outcomes.is_reopened_soon) as n_reopened_soon
    from cells
    cross join as_of
    inner join outcomes
        on
            cells.period_start_on = outcomes.solved_month
            and cells.unit_id = outcomes.unit_id
            and cells.school_key = outcomes.school_key
    where outcomes.solved_at + {{ var('reopened_soon_days') }} * interval '1 day' <= as_of.as_of_at
    group by 1, 2, 3

),

resolved as (

    select
        cells.period_start_on,
        cells.unit_id,
        cells.school_key,
        count(*) as n_resolved,
        count(*) filter (where outcomes.follower_staff_ids <> '{}') as n_resolved_with_followers,
        count(outcomes.n_public_replies) as n_resolved_with_known_replies,
        count(*) filter (
            where outcomes.n_public_replies <= 1 and outcomes.n_group_changes = 0 and outcomes.n_reopens = 0
        ) as n_one_contact
    from cells
    inner join outcomes
        on
            cells.period_start_on = outcomes.resolved_month
            and cells.unit_id = outcomes.unit_id
            and cells.school_key = outcomes.school_key
    group by 1, 2, 3

),

owned as (

    select
        cells.period_start_on,
        cells.unit_id,
        cells.school_key,
        count(distinct outcomes.request_key) as n_with_case_manager,
        count(distinct outcomes.request_key) filter (
            where
            assignments.staff_id = outcomes.owner_staff_id
            or assignments.staff_id = any(outcomes.follower_staff_ids)
        ) as n_owned_by_case_manager
    from cells
    inner join outcomes
        on
            cells.period_start_on = outcomes.resolved_month
            and cells.unit_id = outcomes.unit_id
            and cells.school_key = outcomes.school_key
    inner join assignments
        on
            cells.unit_id = assignments.unit_id
            and cells.school_key = assignments.school_key
            and {{ covers('assignments.valid_from', 'assignments.active_to', 'outcomes.resolved_on') }}
    group by 1, 2, 3

),

final as (

    select
        cells.period_start_on,
        cells.unit_id,
        cells.school_key,
        coalesce(opened.n_opened, 0) as n_opened,
        coalesce(opened.n_opened_by_unit, 0) as n_opened_by_unit,
        coalesce(opened.n_not_withdrawn, 0) as n_not_withdrawn,
        coalesce(opened.n_group_changes, 0) as n_group_changes,
        coalesce(opened.n_handed_on_often, 0) as n_handed_on_often,
        coalesce(solved.n_solved, 0) as n_solved,
        coalesce(solved.n_reopened_soon, 0) as n_reopened_soon,
        coalesce(resolved.n_resolved, 0) as n_resolved,
        coalesce(resolved.n_resolved_with_followers, 0) as n_resolved_with_followers,
        coalesce(resolved.n_resolved_with_known_replies, 0) as n_resolved_with_known_replies,
        coalesce(resolved.n_one_contact, 0) as n_one_contact,
        coalesce(owned.n_with_case_manager, 0) as n_with_case_manager,
        coalesce(owned.n_owned_by_case_manager, 0) as n_owned_by_case_manager,
        cells.case_managers_digest,
        cells.settled_at,
        cells.data_as_of
    from cells
    left join opened using (period_start_on, unit_id, school_key)
    left join solved using (period_start_on, unit_id, school_key)
    left join resolved using (period_start_on, unit_id, school_key)
    left join owned using (period_start_on, unit_id, school_key)

)

select
    *,
    now() as changed_at
from final
