{{ config(indexes=[{'columns': ['user_key'], 'unique': true}]) }}

-- Grain: one person known to a help desk, and the school each of that person's marks points to. A mark that points to two schools
-- points to none.
with servicenow_users as (

    select * from {{ ref('stg_servicenow__user') }}

),

zendesk_users as (

    select * from {{ ref('stg_zendesk__user') }}

),

location_schools as (

    select * from {{ ref('int_location_school') }}

),

organization_schools as (

    select * from {{ ref('int_organization_school') }}

),

organizations as (

    select * from {{ ref('stg_zendesk__organization') }}

),

org_aliases as (

    select * from {{ ref('dim_org_alias') }}
    where org_type = 'school'

),

staff_aliases as (

    select
        alias,
        min(org_key) as school_key
    from org_aliases
    where alias_kind = 'staff'
    group by 1
    having count(distinct org_key) = 1

),

department_aliases as (

    select
        alias,
        min(org_key) as school_key
    from org_aliases
    where alias_kind in ('hr_code', 'code')
    group by 1
    having count(distinct org_key) = 1

),

domains as (

    select
        lower(domain.name) as domain_name,
        organization_schools.school_key
    from organizations
    cross join lateral unnest(organizations.domain_names) as domain (name)
    left join organization_schools on organizations.organization_key = organization_schools.organization_key

    union all

    select
        alias,
        org_key
    from org_aliases
    where alias_kind = 'email_domain'

),

-- A domain that an organisation without a school has too is the district's own.
domain_schools as (

    select
        domain_name,
        min(school_key) as school_key
    from domains
    group by 1
    having count(distinct school_key) = 1 and count(*) = count(school_key)

),

users as (

    select
        user_key,
        source_name,
        staff_id,
        user_name_hash,
        location_key,
        null as organization_key,
        {{ normalised_code('department_id') }} as department_code,
        null as email_domain
    from servicenow_users

    union all

    select
        user_key,
        source_name,
        staff_id,
        null,
        null,
        organization_key,
        null,
        email_domain
    from zendesk_users

),

final as (

    select
        users.user_key,
        users.source_name,
        users.staff_id,
        users.user_name_hash,
        staff_aliases.school_key as alias_school_key,
        location_schools.school_key as location_school_key,
        organization_schools.school_key as organization_school_key,
        department_aliases.school_key as department_school_key,
        domain_schools.school_key as domain_school_key
    from users
    left join staff_aliases on {{ normalised_code('users.staff_id') }} = staff_aliases.alias
    left join location_schools on users.location_key = location_schools.location_key
    left join organization_schools on users.organization_key = organization_schools.organization_key
    left join department_aliases on users.department_code = department_aliases.alias
    left join domain_schools on users.email_domain = domain_schools.domain_name

)

select * from final
