-- Grain: one help-desk location that belongs to a school: its own code, reviewed alias or exact name, else those of the nearest
-- place around it (a room of a building of a school).
with recursive locations as (

    select * from {{ ref('stg_servicenow__location') }}

),

org_aliases as (

    select * from {{ ref('dim_org_alias') }}
    where org_type = 'school'

),

-- Six levels are more than any campus has, and end a loop of parents.
around as (

    select
        location_key,
        location_key as place_key,
        0 as distance
    from locations

    union all

    select
        around.location_key,
        locations.parent_key,
        around.distance + 1
    from around
    inner join locations on around.place_key = locations.location_key
    where locations.parent_key is not null and around.distance < 6

),

named as (

    select
        locations.location_key as place_key,
        candidate.method,
        candidate.evidence_rank,
        candidate.school_key
    from locations
    cross join lateral (
        select
            'location_code' as method,
            1 as evidence_rank,
            org_aliases.org_key as school_key
        from org_aliases
        where org_aliases.alias_kind = 'code' and org_aliases.alias = {{ normalised_code('locations.school_code') }}

        union all

        select
            'location_alias',
            2,
            org_aliases.org_key
        from org_aliases
        where
            org_aliases.alias_kind = 'location'
            and org_aliases.alias in ({{ normalised('locations.location_name') }}, {{ normalised('locations.location_id') }})

        union all

        select
            'location_name',
            3,
            org_aliases.org_key
        from org_aliases
        where org_aliases.alias_kind = 'name' and org_aliases.alias = {{ normalised('locations.location_name') }}
    ) as candidate

),

final as (

    select distinct on (around.location_key)
        around.location_key,
        named.school_key,
        named.method,
        named.evidence_rank
    from around
    inner join named on around.place_key = named.place_key
    order by around.location_key, around.distance, named.evidence_rank, named.school_key

)

select * from final
