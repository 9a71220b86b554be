{{ config(indexes=[{'columns': ['role', 'school_key']}, {'columns': ['staff_id']}]) }}

-- Grain: one role of one person at one school, network or unit, over an interval. Three origins, the strongest first:
-- HR assignments, HR positions (their job title named in the district file), roles of the SIS (OneRoster's roles, Ed-Fi's staff
-- assignments).
-- A position in a unit's department whose title the district file does not name is one of its staff.
-- A role whose organisation we cannot place is kept, with no key.
with hr_assignments as (

    select * from {{ ref('int_hr_assignment_interval') }}

),

positions as (

    select * from {{ ref('stg_csv_drop__hr_position') }}
    where staff_id is not null

),

job_roles as (

    select * from {{ source('config', 'job_role') }}

),

sis_roles as (

    select * from {{ ref('stg_oneroster__user_role') }}

),

sis_users as (

    select * from {{ ref('stg_oneroster__user') }}

),

edfi_roles as (

    select * from {{ ref('int_edfi_role_assignment') }}

),

org_aliases as (

    select
        alias_kind,
        alias,
        org_type,
        org_key,
        evidence_rank
    from {{ ref('dim_org_alias') }}
    where alias_kind in ('hr_code', 'code')

    union all

    select
        'hr_code',
        {{ normalised_code('department') }},
        'unit',
        unit_id,
        1
    from {{ source('config', 'unit_department') }}

),

unit_departments as (

    select * from org_aliases
    where org_type = 'unit'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

collected as (

    select
        'hr_assignment' as origin,
        interval_key as assignment_key,
        staff_id,
        role,
        {{ normalised_code('hr_org_code') }} as org_code,
        null as org_name,
        supervisor_staff_id,
        fte,
        valid_from,
        valid_to,
        _load_id
    from hr_assignments

    union all

    select
        'hr_position',
        positions.position_key || ':' || positions.seen_from::text,
        positions.staff_id,
        coalesce(job_roles.role, 'unit_staff'),
        {{ normalised_code('positions.hr_org_code') }},
        {{ normalised_code('positions.department_name') }},
        null,
        positions.fte,
        {{ local_day('positions.seen_from', 'as_of.timezone') }},
        {{ local_day('positions.seen_to', 'as_of.timezone') }},
        positions._load_id
    from positions
    cross join as_of
    left join job_roles on lower(btrim(positions.job_title)) = lower(btrim(job_roles.job_title))
    where
        job_roles.role is not null
        or {{ normalised_code('positions.hr_org_code') }} in (select unit_departments.alias from unit_departments)
        or {{ normalised_code('positions.department_name') }} in (select unit_departments.alias from unit_departments)

    union all

    select
        'sis',
        sis_roles.source_name || ':' || sis_roles.user_id || ':' || sis_roles.org_id || ':' || sis_roles.role_type,
        coalesce(sis_users.staff_id, sis_users.user_id),
        'principal',
        {{ normalised_code('sis_roles.org_id') }},
        null,
        null,
        null,
        sis_roles.begins_on,
        least(sis_roles.ends_on, {{ local_day('sis_roles.removed_at', 'as_of.timezone') }}),
        sis_roles._load_id
    from sis_roles
    cross join as_of
    inner join sis_users
        on sis_roles.user_id = sis_users.user_id and sis_roles.source_name = sis_users.source_name
    where sis_roles.sis_role = 'principal'

    union all

    select
        origin,
        assignment_key,
        staff_id,
        role,
        org_code,
        org_name,
        supervisor_staff_id,
        fte,
        valid_from,
        valid_to,
        _load_id
    from edfi_roles

),

placed as (

    select
        collected.*,
        place.org_type,
        place.org_key
    from collected
    left join lateral (
        select
            org_aliases.org_type,
            org_aliases.org_key
        from org_aliases
        where org_aliases.alias in (collected.org_code, collected.org_name)
        order by (org_aliases.alias = collected.org_code) desc, org_aliases.alias_kind = 'hr_code' desc, org_aliases.evidence_rank
        limit 1
    ) as place on true

),

final as (

    select
        assignment_key,
        origin,
        staff_id,
        role,
        case when org_type = 'school' then org_key end as school_key,
        case when org_type = 'network' then org_key end as network_id,
        case when org_type = 'unit' then org_key end as unit_id,
        supervisor_staff_id,
        fte,
        valid_from,
        valid_to,
        _load_id
    from placed
    where valid_to is null or valid_from is null or valid_from < valid_to

)

select * from final
