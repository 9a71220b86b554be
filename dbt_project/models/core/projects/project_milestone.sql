{{ config(indexes=[{'columns': ['milestone_key'], 'unique': true}]) }}

-- Grain: one milestone of a project. On time is judged by the first due day the register still tells (the baseline): moving the
-- current due day does not move the promise. A milestone of a project that was closed without it was not done.
-- Known gap: an edited baseline is taken as told now; the raw history keeps the first.
with milestones as (

    select * from {{ ref('stg_csv_drop__project_milestone') }}

),

projects as (

    select * from {{ ref('project') }}

),

final as (

    select
        milestones.source_name || ':' || milestones.milestone_id as milestone_key,
        milestones.source_name,
        projects.project_key,
        projects.owner_staff_id,
        coalesce(projects.unit_ids, '{}') as unit_ids,

        coalesce(milestones.done_on <= milestones.baseline_due_on, false) as is_on_time,
        milestones.current_due_on > milestones.baseline_due_on as is_postponed,

        milestones.baseline_due_on,
        milestones.current_due_on,
        milestones.done_on,
        milestones._load_id
    from milestones
    left join projects
        on milestones.source_name = projects.source_name and milestones.project_id = projects.project_id

)

select * from final
