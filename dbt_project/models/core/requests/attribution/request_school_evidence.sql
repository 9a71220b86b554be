{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    on_schema_change='sync_all_columns',
    indexes=[{'columns': ['request_key']}]
) }}

-- Grain: one piece of evidence that ties one request to one school. `evidence_rank` 1 is the strongest; confidence is a judgement
-- that orders methods, not a measured probability.
with requests as (

    select * from {{ ref('int_request') }}

),

location_schools as (

    select * from {{ ref('int_location_school') }}

),

organization_schools as (

    select * from {{ ref('int_organization_school') }}

),

people as (

    select * from {{ ref('int_requester') }}

),

stays as (

    select * from {{ ref('int_staff_interval') }}
    where school_key is not null

),

codes as (

    select
        alias,
        org_key as school_key
    from {{ ref('dim_org_alias') }}
    where alias_kind = 'code' and org_type = 'school'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

methods (method, evidence_rank, confidence) as (

    values
    ('ticket_code', 1, 0.99),
    ('location_code', 1, 0.99),
    ('organization_code', 2, 0.97),
    ('location_alias', 3, 0.95),
    ('organization_alias', 3, 0.95),
    ('location_name', 4, 0.85),
    ('organization_name', 4, 0.85),
    ('requester_alias', 5, 0.80),
    ('requester_location', 6, 0.75),
    ('requester_organization', 6, 0.75),
    ('requester_assignment', 7, 0.70),
    ('requester_department', 8, 0.60),
    ('email_domain', 9, 0.50)

),

pointed as (

    select
        requests.request_key,
        mark.method,
        mark.school_key
    from requests
    cross join as_of
    left join codes on requests.school_code = codes.alias
    left join location_schools on requests.location_key = location_schools.location_key
    left join organization_schools on requests.organization_key = organization_schools.organization_key
    left join people on requests.requester_key = people.user_key
    left join stays
        on
            people.staff_id = stays.staff_id
            and stays.valid_from <= {{ local_day('requests.created_at', 'as_of.timezone') }}
            and stays.valid_to > {{ local_day('requests.created_at', 'as_of.timezone') }}
    cross join
        lateral (
            values
            ('ticket_code', codes.school_key),
            (location_schools.method, location_schools.school_key),
            (organization_schools.method, organization_schools.school_key),
            ('requester_alias', people.alias_school_key),
            ('requester_location', people.location_school_key),
            ('requester_organization', people.organization_school_key),
            ('requester_assignment', stays.school_key),
            ('requester_department', people.department_school_key),
            ('email_domain', people.domain_school_key)
        ) as mark (method, school_key)
    where mark.school_key is not null

),

final as (

    select
        pointed.request_key,
        pointed.school_key,
        pointed.method,
        methods.evidence_rank,
        methods.confidence
    from pointed
    inner join methods on pointed.method = methods.method

)

select * from final
