{{ config(materialized='view') }}

-- Grain: one request that the source still has. None is dropped for want of a school or a unit: both may be null, and then the
-- reason is told. The unit is the one that holds the request, or held it last.
with requests as (

    select * from {{ ref('int_service_request') }}

),

people as (

    select * from {{ ref('int_requester') }}

),

source_clocks as (

    select * from {{ ref('int_helpdesk_clock') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

final as (

    select
        requests.request_key,
        requests.source_name,
        requests.request_number,
        requests.school_key,
        requests.unit_id,
        requests.group_key,
        requests.requester_key,
        requests.requester_staff_id,
        requests.requester_role,
        owners.staff_id as owner_staff_id,
        case
            when requests.follower_keys = '{}' then '{}'::text[]
            else
                array(
                    select followers.staff_id
                    from people as followers
                    where followers.user_key = any(requests.follower_keys) and followers.staff_id is not null
                    order by followers.staff_id
                )
        end as follower_staff_ids,
        requests.parent_id,

        requests.priority,
        requests.category,
        requests.subcategory,
        requests.request_type,
        requests.channel,
        requests.status,
        requests.is_open,
        requests.is_withdrawn,
        requests.is_raised_by_ild,
        requests.is_instruction_blocking,

        requests.attribution_method,
        requests.attribution_confidence,
        requests.has_conflicting_evidence,
        requests.unattributed_reason,
        requests.no_unit_reason,

        requests.created_at,
        requests.created_on,
        requests.resolved_at_told,
        requests.closed_at_told,
        requests.updated_at,
        coalesce(source_clocks.source_at, as_of.as_of_at) as source_at,
        requests._load_id
    from requests
    cross join as_of
    left join source_clocks on requests.source_name = source_clocks.source_name
    left join people as owners on requests.assignee_key = owners.user_key

)

select * from final
