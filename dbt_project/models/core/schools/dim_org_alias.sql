-- Grain: one way another system names one of our organisations. A code or name that two organisations share with
-- equal right is left out: it identifies neither.
-- Identifiers come first, then the reviewed crosswalk, then exact names; `evidence_rank` 1 is the strongest.
with schools as (

    select * from {{ ref('dim_school') }}

),

aliases as (

    select * from {{ source('config', 'school_alias') }}

),

network_aliases as (

    select * from {{ source('config', 'network_alias') }}

),

identities as (

    select * from {{ ref('int_school_identity') }}

),

networks as (

    select distinct
        network_id,
        network_name
    from schools
    where network_id is not null

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

named as (

    select
        'code' as alias_kind,
        {{ normalised_code('code.value') }} as alias,
        'school' as org_type,
        schools.school_key as org_key,
        1 as evidence_rank
    from schools
    cross join lateral (values (schools.school_code), (schools.state_id), (schools.school_key)) as code (value)

    union

    select
        'code',
        {{ normalised_code('source_school_id') }},
        'school',
        school_key,
        1
    from identities

    union

    select
        kind,
        case
            when kind in ('name', 'location') then {{ normalised('alias') }}
            else {{ normalised_code('alias') }}
        end,
        'school',
        school_id,
        2
    from aliases

    union

    select
        'name',
        school_name_normalised,
        'school',
        school_key,
        3
    from schools

    union

    select
        'hr_code',
        {{ normalised_code('name.value') }},
        'network',
        networks.network_id,
        1
    from networks
    left join network_aliases
        on networks.network_id = network_aliases.network_id or networks.network_name = network_aliases.network_id
    cross join
        lateral (
            values (networks.network_id), (networks.network_name), (network_aliases.hr_department)
        ) as name (value)

    union

    select
        'hr_code',
        {{ normalised_code('name.value') }},
        'unit',
        units.unit_id,
        1
    from units
    cross join lateral (values (units.unit_id), (units.unit_name)) as name (value)

),

ranked as (

    select
        *,
        min(evidence_rank) over (partition by alias_kind, alias) as strongest_rank
    from named
    where alias is not null

),

final as (

    select
        alias_kind,
        alias,
        min(org_type) as org_type,
        min(org_key) as org_key,
        min(evidence_rank) as evidence_rank
    from ranked
    where evidence_rank = strongest_rank
    group by alias_kind, alias
    having count(distinct org_type || ':' || org_key) = 1

)

select * from final
