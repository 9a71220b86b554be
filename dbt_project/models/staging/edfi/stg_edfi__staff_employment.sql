-- Grain: one employment of one member of staff by one organisation. `ends_on` is exclusive; the source tells the last day.
with employments as (

    select * from {{ source('raw_edfi', 'staff_employments') }}
    where _is_current and not _is_deleted

),

final as (

    select
        staff_unique_id,
        _source as source_name,
        education_organization_id::text as org_id,
        {{ descriptor_code('employment_status') }} as employment_status_code,
        fte,
        hired_on as starts_on,
        end_on + 1 as ends_on,
        _load_id
    from employments

)

select * from final
