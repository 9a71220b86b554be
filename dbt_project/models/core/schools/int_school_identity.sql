-- Grain: one school as one SIS source shows it, with the key we know it by. OneRoster's key is its sourcedId, Ed-Fi's its
-- schoolId as text, without a prefix: a district's own number is what its other systems quote, and where both SIS have a school
-- it is one.
-- Which Ed-Fi school is which OneRoster one: the reviewed crosswalk first, then a state id or school code that names one school
-- alone, then the same id. The OneRoster key stays, so that nothing counted before moves when a second SIS arrives.
with oneroster as (

    select * from {{ ref('stg_oneroster__org') }}
    where org_type = 'school'

),

edfi as (

    select * from {{ ref('stg_edfi__school') }}

),

crosswalk as (

    select * from {{ source('config', 'school_alias') }}
    where kind = 'sis'

),

unique_codes as (

    select
        code.kind,
        code.value as code_value,
        min(oneroster.org_id) as school_key
    from oneroster
    cross join
        lateral (
            values
            ('state_id', {{ normalised_code('oneroster.state_id') }}),
            ('school_code', {{ normalised_code('oneroster.school_code') }}),
            ('id', {{ normalised_code('oneroster.org_id') }})
        ) as code (kind, value)
    where code.value is not null
    group by 1, 2
    having count(distinct oneroster.org_id) = 1

),

matched as (

    select distinct on (edfi.source_name, edfi.school_id)
        edfi.source_name,
        edfi.school_id,
        candidates.school_key
    from edfi
    inner join lateral (
        select
            crosswalk.school_id as school_key,
            1 as evidence_rank
        from crosswalk
        where crosswalk.system in (edfi.source_name, 'edfi') and crosswalk.alias = edfi.school_id

        union all

        select
            unique_codes.school_key,
            array_position(array['', 'state_id', 'school_code', 'id'], unique_codes.kind)
        from unique_codes
        where
            (unique_codes.kind = 'state_id' and unique_codes.code_value = {{ normalised_code('edfi.state_id') }})
            or (unique_codes.kind = 'school_code' and unique_codes.code_value = {{ normalised_code('edfi.school_code') }})
            or (unique_codes.kind = 'id' and unique_codes.code_value = {{ normalised_code('edfi.school_id') }})
    ) as candidates on true
    order by edfi.source_name, edfi.school_id, candidates.evidence_rank, candidates.school_key

),

final as (

    select
        'oneroster' as system_name,
        source_name,
        org_id as source_school_id,
        org_id as school_key
    from oneroster

    union all

    select
        'edfi',
        edfi.source_name,
        edfi.school_id,
        coalesce(matched.school_key, edfi.school_id)
    from edfi
    left join matched on edfi.source_name = matched.source_name and edfi.school_id = matched.school_id

)

select * from final
