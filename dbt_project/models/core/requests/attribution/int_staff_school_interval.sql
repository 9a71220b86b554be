{{ config(indexes=[{'columns': ['staff_id']}]) }}

-- Grain: one stay of one person at one school. A roster says who is there, not since when: what its first extract shows is
-- taken to have been so before, or no request older than the first extract could be attributed.
with roles as (

    select * from {{ ref('role_assignment') }}

),

positions as (

    select * from {{ ref('stg_csv_drop__hr_position') }}
    where staff_id is not null

),

org_aliases as (

    select * from {{ ref('dim_org_alias') }}
    where alias_kind in ('hr_code', 'code') and org_type = 'school'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

first_extracts as (

    select
        source_name,
        min(seen_from) as seen_from
    from positions
    group by 1

),

final as (

    select
        staff_id,
        school_key,
        valid_from,
        valid_to
    from roles
    where school_key is not null

    union

    select
        positions.staff_id,
        org_aliases.org_key,
        case
            when positions.seen_from > first_extracts.seen_from
                then {{ local_day('positions.seen_from', 'as_of.timezone') }}
        end,
        {{ local_day('positions.seen_to', 'as_of.timezone') }}
    from positions
    cross join as_of
    inner join first_extracts on positions.source_name = first_extracts.source_name
    inner join org_aliases on {{ normalised_code('positions.hr_org_code') }} = org_aliases.alias

)

select * from final
