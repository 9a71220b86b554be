-- Grain: one classification of one member of staff at one organisation that means a role of ours, as Ed-Fi tells it. The district
-- file's job roles name classifications by their whole URI, by their code value, or by the position's title; unnamed, the
-- standard's own Principal and Superintendent mean what they say, a state's own namespace does not.
with assignments as (

    select * from {{ ref('stg_edfi__staff_assignment') }}

),

staffs as (

    select * from {{ ref('stg_edfi__staff') }}

),

job_roles as (

    select
        lower(btrim(job_title)) as title,
        role
    from {{ source('config', 'job_role') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

meant as (

    select
        assignments.*,
        coalesce(
            by_uri.role,
            by_code.role,
            by_position.role,
            case lower(assignments.staff_classification)
                when 'uri://ed-fi.org/staffclassificationdescriptor#principal' then 'principal'
                when 'uri://ed-fi.org/staffclassificationdescriptor#superintendent' then 'superintendent'
            end
        ) as role
    from assignments
    left join job_roles as by_uri on lower(assignments.staff_classification) = by_uri.title
    left join job_roles as by_code on assignments.classification_code = by_code.title
    left join job_roles as by_position on lower(btrim(assignments.position_title)) = by_position.title

),

final as (

    select
        'sis' as origin,
        meant.source_name || ':' || meant.staff_unique_id || ':' || meant.org_id || ':' || meant.classification_code
        || ':' || meant.starts_on as assignment_key,
        coalesce(staffs.staff_id, meant.staff_unique_id) as staff_id,
        meant.role,
        {{ normalised_code('meant.org_id') }} as org_code,
        null::text as org_name,
        null::text as supervisor_staff_id,
        meant.fte,
        meant.starts_on as valid_from,
        least(meant.ends_on, {{ local_day('meant.removed_at', 'as_of.timezone') }}) as valid_to,
        meant._load_id
    from meant
    cross join as_of
    left join staffs on meant.staff_unique_id = staffs.staff_unique_id and meant.source_name = staffs.source_name
    where meant.role is not null

)

select * from final
