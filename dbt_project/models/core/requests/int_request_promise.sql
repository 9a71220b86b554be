{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    on_schema_change='sync_all_columns',
    indexes=[{'columns': ['request_key'], 'unique': true}]
) }}

-- Grain: one request for which its unit had promised something on the day it was created, as kept: nothing in it depends on the
-- moment of the build. What stops the resolution's clock is the promise's own: the wait for the requester, time on hold, both
-- or none.
with touched as (

    select * from {{ ref('int_touched_request') }}

),

clocks as (

    select * from {{ ref('int_request_clock') }}

),

promises as (

    select * from {{ source('config', 'promise') }}

),

promised as (

    select
        clocks.*,
        promises.pause_kinds,
        promises.first_response_business_minutes * 60 as first_response_limit_seconds,
        promises.resolution_business_minutes * 60 as resolution_limit_seconds,
        case when clocks.resolved_at is not null then clocks.ended_business_seconds end as resolved_business_seconds
    from touched
    inner join clocks on touched.request_key = clocks.request_key
    inner join promises
        on
            clocks.unit_id = promises.unit_id
            and clocks.priority = promises.priority
            and {{ covers('promises.valid_from', 'promises.valid_to', 'clocks.created_on') }}
    where clocks.created_business_seconds is not null

),

measured as (

    select
        *,
        least(first_response_business_seconds, resolved_business_seconds) - created_business_seconds as answered_after_seconds,
        resolved_business_seconds - created_business_seconds
        - case when 'requester_wait' = any(pause_kinds) then requester_wait_business_seconds else 0 end
        - case when 'on_hold' = any(pause_kinds) then on_hold_business_seconds else 0 end as resolved_after_seconds
    from promised

),

final as (

    select
        request_key,
        source_name,
        school_key,
        unit_id,
        priority,

        is_open,
        is_withdrawn,
        answered_after_seconds <= first_response_limit_seconds as is_first_response_kept,
        resolved_after_seconds <= resolution_limit_seconds as is_resolution_kept,

        pause_kinds,
        first_response_limit_seconds,
        resolution_limit_seconds,
        created_business_seconds,
        first_response_business_seconds,

        created_at,
        created_on,
        first_response_at,
        resolved_at,
        coalesce(resolved_at, withdrawn_at) as ended_at
    from measured

)

select * from final
