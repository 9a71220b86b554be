-- Grain: one school, from OneRoster or Ed-Fi; a school both have is OneRoster's. Closed schools stay, with the day they closed.
-- A school's network is its parent organisation in OneRoster, unless that is the district itself; in Ed-Fi the network it
-- belongs to now.
with orgs as (

    select * from {{ ref('stg_oneroster__org') }}

),

edfi_schools as (

    select * from {{ ref('stg_edfi__school') }}

),

network_members as (

    select * from {{ ref('stg_edfi__network_member') }}

),

identities as (

    select * from {{ ref('int_school_identity') }}
    where system_name = 'edfi'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

networks as (

    select
        org_id as network_id,
        org_name as network_name
    from orgs
    where
        org_type not in ('school', 'district', 'state', 'national')
        and parent_org_id is not null

),

from_oneroster as (

    select
        schools.org_id as school_key,
        schools.source_name,
        schools.school_code,
        schools.state_id,
        networks.network_id,
        schools.org_name as school_name,
        schools.school_level,
        networks.network_name,
        schools.is_closed,
        schools.closed_at,
        schools._load_id
    from orgs as schools
    left join networks on schools.parent_org_id = networks.network_id
    where schools.org_type = 'school'

),

-- Each year of a year-specific ODS is a source of its own; the newest year tells what a school is now.
from_edfi as (

    select distinct on (identities.school_key)
        identities.school_key,
        schools.source_name,
        schools.school_code,
        schools.state_id,
        network.network_id,
        schools.school_name,
        schools.school_level,
        network.network_name,
        schools.is_closed,
        schools.closed_at,
        schools._load_id
    from edfi_schools as schools
    inner join identities
        on schools.source_name = identities.source_name and schools.school_id = identities.source_school_id
    cross join as_of
    left join lateral (
        select
            network_members.network_id,
            network_members.network_name
        from network_members
        where
            network_members.source_name = schools.source_name
            and network_members.org_id = schools.school_id
            and {{ covers('network_members.starts_on', 'network_members.ends_on', 'as_of.as_of_on') }}
        order by network_members.starts_on desc nulls last, network_members.network_id
        limit 1
    ) as network on true
    where not exists (select 1 from from_oneroster where from_oneroster.school_key = identities.school_key)
    order by identities.school_key, schools.api_year desc nulls last, schools.seen_from desc, schools.source_name

),

known as (

    select * from from_oneroster

    union all

    select * from from_edfi

),

final as (

    select
        known.school_key,
        known.source_name,
        known.school_code,
        known.state_id,
        known.network_id,

        known.school_name,
        known.school_level,
        known.network_name,
        {{ normalised('known.school_name') }} as school_name_normalised,
        not known.is_closed as is_active,

        {{ local_day('known.closed_at', 'as_of.timezone') }} as closed_on,

        known._load_id
    from known
    cross join as_of

)

select * from final
