-- Grain: one project as the register holds it now. Status words are the office's own; dates decide what is open.
with projects as (

    select * from {{ source('raw_csv_drop', 'project') }}
    where _is_current and not _is_deleted

),

final as (

    select
        project_id,
        _source as source_name,
        owner_staff_id,
        toa_hypothesis_id,
        title_code,
        request_category,
        status,
        unit_ids,
        school_ids,
        has_learning_outcome,
        is_initiative,
        has_support_plan,
        opened_on,
        closed_on,
        _load_id
    from projects

)

select * from final
