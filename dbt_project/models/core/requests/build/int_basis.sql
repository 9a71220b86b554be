-- Grain: one thing beside a request's own rows that decides what is stored of it, with a digest of what it now says: the
-- settings, and every person, place, organisation and group of the help desks. Compared with what the last build went by, a
-- changed digest tells which requests to do again. The tables are small, whatever the history.
with people as (

    select * from {{ ref('int_requester') }}

),

stays as (

    select * from {{ ref('int_staff_interval') }}

),

staff as (

    select * from {{ ref('dim_staff') }}

),

locations as (

    select * from {{ ref('int_location_school') }}

),

organizations as (

    select * from {{ ref('int_organization_school') }}

),

groups as (

    select * from {{ ref('int_group_unit') }}

),

school_codes as (

    select * from {{ ref('dim_org_alias') }}
    where alias_kind = 'code' and org_type = 'school'

),

settings as (

    {#- Raise the number when a release changes what the core's models make of the same rows. #}
    select 'core 2 {{ var("business_hours_from") }} {{ var("automated_actors") | replace("'", "") }}' as setting

    union all

    select concat_ws(' ', district.timezone, district.first_response_events::text)
    from {{ source('config', 'district') }} as district

    union all

    select hours::text from {{ ref('int_unit_hours') }} as hours

    union all

    select special::text from {{ source('config', 'unit_special_hours') }} as special

    union all

    select closure::text from {{ ref('int_unit_closure') }} as closure

    union all

    select promise::text from {{ source('config', 'promise') }} as promise

    union all

    select blocking::text from {{ source('config', 'instruction_blocking') }} as blocking

    union all

    select concat_ws(' ', 'code', alias, org_key) from school_codes

),

working_life as (

    select
        staff_id,
        md5(string_agg(stays::text, ' ' order by valid_from nulls first)) as digest
    from stays
    group by 1

),

final as (

    select
        'settings' as kind,
        '' as basis_key,
        md5(string_agg(setting, '|' order by setting)) as fingerprint
    from settings

    union all

    select
        'person',
        people.user_key,
        md5(concat_ws(' ', people::text, staff.staff_id is not null, working_life.digest))
    from people
    left join staff on people.staff_id = staff.staff_id
    left join working_life on people.staff_id = working_life.staff_id

    union all

    select
        'author',
        user_key,
        md5(string_agg(concat_ws(' ', role, valid_from), '|' order by valid_from))
    from {{ ref('int_zendesk__user_role') }}
    group by user_key

    union all

    select
        'location',
        location_key,
        md5(locations::text)
    from locations

    union all

    select
        'organization',
        organization_key,
        md5(organizations::text)
    from organizations

    union all

    select
        'group',
        group_key,
        md5(groups::text)
    from groups

)

select * from final
