{{ config(indexes=[{'columns': ['source_name', 'place_kind', 'place_id'], 'unique': true}]) }}

-- Places that a help desk or HR names and that are no known school, network or unit: the crosswalk's work list. Nothing is
-- matched here by likeness; `schoolward crosswalk propose` does that, for a person to review.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

locations as (

    select * from {{ ref('stg_servicenow__location') }}

),

organizations as (

    select * from {{ ref('stg_zendesk__organization') }}

),

matched_locations as (

    select location_key from {{ ref('int_location_school') }}

),

matched_organizations as (

    select organization_key from {{ ref('int_organization_school') }}

),

org_aliases as (

    select * from {{ ref('dim_org_alias') }}

),

last_assignments as (

    select distinct on (source_name, assignment_id) *
    from {{ ref('stg_csv_drop__hr_assignment') }}
    order by source_name, assignment_id, seen_from desc

),

principals as (

    select
        source_name,
        hr_org_code,
        count(*) as n_principals
    from last_assignments
    where role in ('principal', 'acting_principal') and not is_removed
    group by 1, 2

),

recent as (

    select
        requests.location_key,
        requests.organization_key,
        count(*) as n_requests
    from {{ ref('int_service_request') }} as requests
    cross join as_of
    where requests.school_key is null and requests.created_at >= as_of.as_of_at - interval '91 days'
    group by 1, 2

),

places as (

    select
        locations.source_name,
        'location' as place_kind,
        locations.location_id as place_id,
        locations.location_name as place_name,
        'servicenow' as crosswalk_system,
        'location' as crosswalk_kind,
        (select sum(recent.n_requests) from recent where recent.location_key = locations.location_key) as n_requests,
        0 as n_principals
    from locations
    where not exists (select 1 from matched_locations where matched_locations.location_key = locations.location_key)

    union all

    select
        organizations.source_name,
        'organization',
        organizations.organization_id::text,
        organizations.organization_name,
        'zendesk',
        'location',
        (select sum(recent.n_requests) from recent where recent.organization_key = organizations.organization_key),
        0
    from organizations
    where
        not exists (
            select 1 from matched_organizations
            where matched_organizations.organization_key = organizations.organization_key
        )

    union all

    select
        principals.source_name,
        'hr_department',
        principals.hr_org_code,
        null,
        'csv_drop',
        'hr_code',
        0,
        principals.n_principals
    from principals
    where
        principals.hr_org_code is not null
        and not exists (
            select 1 from org_aliases where org_aliases.alias = {{ normalised_code('principals.hr_org_code') }}
        )

),

final as (

    select
        places.source_name,
        places.place_kind,
        places.place_id,
        places.place_name,
        places.crosswalk_system,
        places.crosswalk_kind,
        coalesce(places.place_name, places.place_id) as alias,
        coalesce(places.n_requests, 0)::bigint as n_requests_13_weeks,
        places.n_principals::bigint as n_principals,
        as_of.as_of_at as data_as_of
    from places
    cross join as_of

)

select * from final
