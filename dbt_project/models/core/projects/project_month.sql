{{ config(indexes=[{'columns': ['scope_type', 'scope_id', 'period_start_on'], 'unique': true}]) }}

-- Grain: one service unit, or the district, in one month: the projects open when the month was judged and the milestones that had
-- come due by their baseline in the three months up to it (one month alone holds too few to say anything).
-- A project of two units counts for each of them, and once for the district. Without a register there are no rows.
with projects as (

    select * from {{ ref('project') }}

),

milestones as (

    select * from {{ ref('project_milestone') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

months as (

    select * from {{ ref('dim_period') }}
    where period_type = 'month'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

register as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'project'
    having max(source_at) is not null

),

scopes as (

    select
        'unit' as scope_type,
        unit_id as scope_id
    from units

    union all

    select
        'district',
        district_id
    from as_of

),

grid as (

    select
        scopes.scope_type,
        scopes.scope_id,
        months.period_start_on,
        (months.period_start_on - interval '2 months')::date as milestones_from_on,
        -- What came due after the register was handed in nobody could have told yet.
        least(months.evaluated_before_on, {{ local_day('register.source_at', 'as_of.timezone') }}) as evaluated_before_on,
        least(months.evaluated_at, register.source_at) as data_as_of
    from scopes
    cross join months
    cross join register
    cross join as_of

),

open_projects as (

    select
        grid.scope_type,
        grid.scope_id,
        grid.period_start_on,
        count(*) as n_open_projects,
        count(*) filter (where projects.owner_staff_id is not null) as n_owned,
        count(*) filter (where projects.n_units >= 2) as n_cross_unit,
        count(*) filter (where projects.has_learning_outcome) as n_with_learning_outcome,
        count(*) filter (
            where projects.owner_staff_id is not null and projects.n_units >= 2 and projects.has_learning_outcome
        ) as n_owned_cross_unit
    from grid
    inner join projects
        on
            (grid.scope_type = 'district' or grid.scope_id = any(projects.unit_ids))
            and projects.opened_on < grid.evaluated_before_on
            and coalesce(projects.closed_on, 'infinity') >= grid.evaluated_before_on
    group by 1, 2, 3

),

due_milestones as (

    select
        grid.scope_type,
        grid.scope_id,
        grid.period_start_on,
        count(*) as n_milestones_due,
        count(*) filter (where milestones.is_on_time) as n_milestones_on_time
    from grid
    inner join milestones
        on
            (grid.scope_type = 'district' or grid.scope_id = any(milestones.unit_ids))
            and milestones.baseline_due_on >= grid.milestones_from_on
            and milestones.baseline_due_on < grid.evaluated_before_on
    group by 1, 2, 3

),

final as (

    select
        grid.scope_type,
        grid.scope_id,
        grid.period_start_on,
        coalesce(open_projects.n_open_projects, 0) as n_open_projects,
        coalesce(open_projects.n_owned, 0) as n_owned,
        coalesce(open_projects.n_cross_unit, 0) as n_cross_unit,
        coalesce(open_projects.n_with_learning_outcome, 0) as n_with_learning_outcome,
        coalesce(open_projects.n_owned_cross_unit, 0) as n_owned_cross_unit,
        coalesce(due_milestones.n_milestones_due, 0) as n_milestones_due,
        coalesce(due_milestones.n_milestones_on_time, 0) as n_milestones_on_time,
        grid.data_as_of
    from grid
    left join open_projects using (scope_type, scope_id, period_start_on)
    left join due_milestones using (scope_type, scope_id, period_start_on)

)

select * from final
