{{ config(indexes=[{'columns': ['project_key'], 'unique': true}]) }}

-- Grain: one project of the central office, as the register tells it now. Units and schools the register names and nobody knows
-- are left out of the lists and counted, so that a slip of the pen neither makes a project cross-unit nor goes unseen.
-- Known gap: the register tells an owner and units of today; what they were in a month gone by is taken to be the same.
with projects as (

    select * from {{ ref('stg_csv_drop__project') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

org_aliases as (

    select distinct on (alias) * from {{ ref('dim_org_alias') }}
    where alias_kind in ('code', 'hr_code') and org_type = 'school'
    order by alias, alias_kind

),

named_units as (

    select
        projects.source_name,
        projects.project_id,
        array_remove(array_agg(distinct units.unit_id order by units.unit_id), null) as unit_ids,
        count(*) filter (where units.unit_id is null) as n_unknown_units
    from projects
    cross join unnest(projects.unit_ids) as told (unit_id)
    left join units on lower(btrim(told.unit_id)) = lower(units.unit_id)
    group by 1, 2

),

named_schools as (

    select
        projects.source_name,
        projects.project_id,
        array_remove(array_agg(distinct org_aliases.org_key order by org_aliases.org_key), null) as school_keys,
        count(*) filter (where org_aliases.org_key is null) as n_unknown_schools
    from projects
    cross join unnest(projects.school_ids) as told (school_id)
    left join org_aliases on {{ normalised_code('told.school_id') }} = org_aliases.alias
    group by 1, 2

),

final as (

    select
        projects.source_name || ':' || projects.project_id as project_key,
        projects.source_name,
        projects.project_id,
        projects.title_code,
        projects.owner_staff_id,
        projects.toa_hypothesis_id,

        lower(btrim(projects.request_category)) as request_category,
        projects.status,
        coalesce(named_units.unit_ids, '{}') as unit_ids,
        coalesce(named_schools.school_keys, '{}') as school_keys,
        coalesce(projects.has_learning_outcome, false) as has_learning_outcome,
        coalesce(projects.is_initiative, false) as is_initiative,
        coalesce(projects.has_support_plan, false) as has_support_plan,

        coalesce(cardinality(named_units.unit_ids), 0) as n_units,
        coalesce(cardinality(named_schools.school_keys), 0) as n_schools,
        coalesce(named_units.n_unknown_units, 0) as n_unknown_units,
        coalesce(named_schools.n_unknown_schools, 0) as n_unknown_schools,

        projects.opened_on,
        projects.closed_on,
        projects._load_id
    from projects
    left join named_units
        on projects.source_name = named_units.source_name and projects.project_id = named_units.project_id
    left join named_schools
        on projects.source_name = named_schools.source_name and projects.project_id = named_schools.project_id

)

select * from final
