{{ config(indexes=[{'columns': ['period_start_on', 'scope_type', 'scope_id'], 'unique': true}]) }}

with projects as (

    select * from {{ ref('project_month') }}

),

milestones as (

    select * from {{ ref('ind_service__milestones_on_time') }}

),

ownership as (

    select * from {{ ref('ind_service__owned_projects') }}

),

final as (

    select
        projects.period_start_on,
        projects.scope_type,
        projects.scope_id,
        projects.n_open_projects::int as n_open_projects,
        projects.n_owned::int as n_owned,
        projects.n_owned::numeric / nullif(projects.n_open_projects, 0) as owned_share,
        projects.n_cross_unit::int as n_cross_unit,
        projects.n_with_learning_outcome::int as n_with_learning_outcome,
        projects.n_owned_cross_unit::int as n_owned_cross_unit,
        projects.n_owned_cross_unit::numeric / nullif(projects.n_open_projects, 0) as owned_cross_unit_share,
        ownership.status as owned_cross_unit_status,
        projects.n_milestones_due::int as n_milestones_due,
        projects.n_milestones_on_time::int as n_milestones_on_time,
        milestones.value as milestones_on_time_share,
        milestones.status as milestone_status,
        projects.data_as_of
    from projects
    inner join milestones
        on
            projects.scope_type = milestones.scope_type
            and projects.scope_id = milestones.scope_id
            and projects.period_start_on = milestones.period_start_on
    left join ownership
        on
            projects.scope_type = ownership.scope_type
            and projects.scope_id = ownership.scope_id
            and projects.period_start_on = ownership.period_start_on

)

select * from final
