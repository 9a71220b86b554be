{{ config(materialized='view') }}

-- Grain: one request for which its unit had promised something on the day it was created, and how both promises fared.
-- The solution is an answer: a request solved without a reply had its first response when it was solved. Where a source shows
-- no replies at all, the first-response promise is not judged. Open requests: null until the request is answered or ends.
with promises as (

    select * from {{ ref('int_request_promise') }}

),

readable_sources as (

    select * from {{ ref('int_readable_source') }}

),

final as (

    select
        promises.request_key,
        promises.school_key,
        promises.unit_id,
        promises.priority,

        promises.is_open,
        promises.is_withdrawn,
        readable_sources.source_name is not null as has_readable_replies,
        case when readable_sources.source_name is not null then promises.is_first_response_kept end as is_first_response_kept,
        promises.is_resolution_kept,
        case
            when promises.resolved_at is not null
                then
                    (readable_sources.source_name is null or coalesce(promises.is_first_response_kept, true))
                    and promises.is_resolution_kept
        end as is_kept,

        promises.pause_kinds,
        promises.first_response_limit_seconds,
        promises.resolution_limit_seconds,
        promises.created_business_seconds,
        promises.first_response_business_seconds,

        promises.created_at,
        promises.created_on,
        promises.first_response_at,
        promises.resolved_at,
        promises.ended_at
    from promises
    left join readable_sources on promises.source_name = readable_sources.source_name

)

select * from final
