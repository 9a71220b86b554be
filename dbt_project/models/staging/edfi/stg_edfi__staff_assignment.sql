-- Grain: one classification of one member of staff at one organisation. `ends_on` is exclusive; the source tells the last day.
-- Assignments the source dropped stay, with the instant it did.
with assignments as (

    select * from {{ source('raw_edfi', 'staff_assignments') }}
    where _is_current

),

final as (

    select
        staff_unique_id,
        _source as source_name,
        education_organization_id::text as org_id,
        staff_classification,
        {{ descriptor_code('staff_classification') }} as classification_code,
        position_title,
        fte,
        begin_on as starts_on,
        end_on + 1 as ends_on,
        case when _is_deleted then _seen_from end as removed_at,
        _load_id
    from assignments

)

select * from final
