-- Grain: one organisation of a help desk that belongs to a school: by its code, by the reviewed crosswalk or by the school's
-- exact name.
with organizations as (

    select * from {{ ref('stg_zendesk__organization') }}

),

org_aliases as (

    select * from {{ ref('dim_org_alias') }}
    where org_type = 'school'

),

named as (

    select
        organizations.organization_key,
        'organization_code' as method,
        1 as strength,
        org_aliases.org_key as school_key
    from organizations
    inner join org_aliases
        on
            org_aliases.alias_kind = 'code'
            and {{ normalised_code('coalesce(organizations.school_code, organizations.external_id)') }} = org_aliases.alias

    union all

    select
        organizations.organization_key,
        'organization_alias',
        2,
        org_aliases.org_key
    from organizations
    inner join org_aliases
        on
            org_aliases.alias_kind = 'location'
            and org_aliases.alias in ({{ normalised('organizations.organization_name') }}, organizations.organization_id::text)

    union all

    select
        organizations.organization_key,
        'organization_name',
        3,
        org_aliases.org_key
    from organizations
    inner join org_aliases
        on org_aliases.alias_kind = 'name' and {{ normalised('organizations.organization_name') }} = org_aliases.alias

),

final as (

    select distinct on (organization_key)
        organization_key,
        school_key,
        method
    from named
    order by organization_key, strength, school_key

)

select * from final
