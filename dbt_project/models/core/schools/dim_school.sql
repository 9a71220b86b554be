-- Grain: one school. Closed schools stay, with the day they closed. A school's network is its parent organisation, unless that
-- is the district itself.
with orgs as (

    select * from {{ ref('stg_oneroster__org') }}

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

final as (

    select
        schools.org_id as school_key,
        schools.source_name,
        schools.school_code,
        schools.state_id,
        networks.network_id,

        schools.org_name as school_name,
        schools.school_level,
        networks.network_name,
        {{ normalised('schools.org_name') }} as school_name_normalised,
        not schools.is_closed as is_active,

        {{ local_day('schools.closed_at', 'as_of.timezone') }} as closed_on,

        schools._load_id
    from orgs as schools
    cross join as_of
    left join networks on schools.parent_org_id = networks.network_id
    where schools.org_type = 'school'

)

select * from final
