-- Grain: one milestone of a project. A baseline that was edited later shows as told now; raw history keeps the first.
with milestones as (

    select * from {{ source('raw_csv_drop', 'project_milestone') }}
    where _is_current and not _is_deleted

),

final as (

    select
        milestone_id,
        _source as source_name,
        project_id,
        baseline_due_on,
        current_due_on,
        done_on,
        _load_id
    from milestones

)

select * from final
