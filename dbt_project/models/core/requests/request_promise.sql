{{ config(indexes=[{'columns': ['request_key'], 'unique': true}]) }}

-- Grain: one request for which its unit had promised something on the day it was created, and how both promises fared.
-- The solution is an answer: a request solved without a reply had its first response when it was solved. Where a source shows
-- no replies at all, the first-response promise is not judged. Open requests: null until a promise is broken or the request ends.
with clocks as (

    select * from {{ ref('request_clock') }}

),

requests as (

    select * from {{ ref('service_request') }}

),

promises as (

    select * from {{ source('config', 'promise') }}

),

promised as (

    select
        clocks.*,
        requests.school_key,
        requests.created_on,
        promises.first_response_business_minutes * 60 as first_response_limit_seconds,
        promises.resolution_business_minutes * 60 as resolution_limit_seconds,
        least(clocks.first_response_business_seconds, clocks.resolved_business_seconds)
        - clocks.created_business_seconds as answered_after_seconds,
        clocks.resolved_business_seconds
        - clocks.created_business_seconds - clocks.requester_wait_business_seconds as resolved_after_seconds
    from clocks
    inner join requests on clocks.request_key = requests.request_key
    inner join promises
        on
            requests.unit_id = promises.unit_id
            and requests.priority = promises.priority
            and {{ covers('promises.valid_from', 'promises.valid_to', 'requests.created_on') }}
    where clocks.created_business_seconds is not null

),

judged as (

    select
        *,
        case
            when has_readable_replies then answered_after_seconds <= first_response_limit_seconds
        end as is_first_response_kept,
        resolved_after_seconds <= resolution_limit_seconds as is_resolution_kept
    from promised

),

final as (

    select
        request_key,
        school_key,
        unit_id,
        priority,

        is_open,
        is_withdrawn,
        has_readable_replies,
        is_first_response_kept,
        is_resolution_kept,
        case
            when resolved_at is not null then coalesce(is_first_response_kept, true) and is_resolution_kept
        end as is_kept,

        first_response_limit_seconds,
        resolution_limit_seconds,
        created_business_seconds,
        first_response_business_seconds,

        created_at,
        created_on,
        first_response_at,
        resolved_at,
        coalesce(resolved_at, withdrawn_at) as ended_at
    from judged

)

select * from final
