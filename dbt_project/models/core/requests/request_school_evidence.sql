-- Grain: one piece of evidence that ties one request to one school. `evidence_rank` 1 is the strongest; confidence is a judgement
-- that orders methods, not a measured probability.
with incidents as (

    select * from {{ ref('stg_servicenow__incident') }}

),

location_schools as (

    select * from {{ ref('int_location_school') }}

),

users as (

    select * from {{ ref('stg_servicenow__user') }}

),

stays as (

    select * from {{ ref('int_staff_school_interval') }}

),

org_aliases as (

    select * from {{ ref('dim_org_alias') }}
    where org_type = 'school'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

requesters as (

    select
        incidents.request_key,
        {{ local_day('incidents.created_at', 'as_of.timezone') }} as created_on,
        users.staff_id,
        users.location_key,
        users.department_id
    from incidents
    cross join as_of
    inner join users on incidents.requester_key = users.user_key

),

by_location as (

    select
        incidents.request_key,
        location_schools.school_key,
        location_schools.method,
        location_schools.evidence_rank,
        case location_schools.method
            when 'location_code' then 0.99
            when 'location_alias' then 0.95
            else 0.85
        end as confidence
    from incidents
    inner join location_schools on incidents.location_key = location_schools.location_key

),

by_requester_alias as (

    select
        requesters.request_key,
        org_aliases.org_key,
        'requester_alias',
        4,
        0.80
    from requesters
    inner join org_aliases
        on org_aliases.alias_kind = 'staff' and {{ normalised_code('requesters.staff_id') }} = org_aliases.alias

),

by_requester_location as (

    select
        requesters.request_key,
        location_schools.school_key,
        'requester_location',
        5,
        0.75
    from requesters
    inner join location_schools on requesters.location_key = location_schools.location_key

),

-- Somebody who works at two schools tells nothing about which of them asked.
by_requester_assignment as (

    select
        requesters.request_key,
        min(stays.school_key),
        'requester_assignment',
        6,
        0.70
    from requesters
    inner join stays
        on requesters.staff_id = stays.staff_id and {{ covers('stays.valid_from', 'stays.valid_to', 'requesters.created_on') }}
    group by requesters.request_key
    having count(distinct stays.school_key) = 1

),

by_requester_department as (

    select
        requesters.request_key,
        min(org_aliases.org_key),
        'requester_department',
        7,
        0.60
    from requesters
    inner join org_aliases
        on
            org_aliases.alias_kind in ('hr_code', 'code')
            and {{ normalised_code('requesters.department_id') }} = org_aliases.alias
    group by requesters.request_key
    having count(distinct org_aliases.org_key) = 1

),

final as (

    select * from by_location
    union all
    select * from by_requester_alias
    union all
    select * from by_requester_location
    union all
    select * from by_requester_assignment
    union all
    select * from by_requester_department

)

select * from final
