-- Grain: one version of an assignment, removals included: HR corrects and moves people in place, and drops those who left.
with assignments as (

    select * from {{ source('raw_csv_drop', 'hr_assignment') }}

),

final as (

    select
        assignment_id,
        _source as source_name,
        staff_id,
        org_id as hr_org_code,
        supervisor_staff_id,
        role,
        fte,
        coalesce(is_acting, false) as is_acting,
        starts_on,
        ends_on,
        _is_deleted as is_removed,
        _seen_from as seen_from,
        _load_id
    from assignments

)

select * from final
