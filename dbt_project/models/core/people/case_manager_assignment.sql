-- Grain: one case manager of one school in one unit, over an interval.
with assignments as (

    select * from {{ ref('stg_csv_drop__case_manager') }}

),

org_aliases as (

    select distinct on (alias) * from {{ ref('dim_org_alias') }}
    where alias_kind in ('code', 'hr_code') and org_type = 'school'
    order by alias, alias_kind

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

final as (

    select
        assignments.source_name || ':' || assignments.assignment_id as assignment_key,
        assignments.source_name,
        org_aliases.org_key as school_key,
        assignments.unit_id,
        assignments.staff_id,
        assignments.is_primary,
        assignments.valid_from,
        least(
            assignments.valid_to,
            {{ local_day('assignments.removed_at', 'as_of.timezone') }}
        ) as valid_to,
        assignments._load_id
    from assignments
    cross join as_of
    left join org_aliases on {{ normalised_code('assignments.school_id') }} = org_aliases.alias

)

select * from final
