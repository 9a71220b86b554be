{{ config(materialized='view') }}

-- Grain: one clock that a help desk itself runs on a request, its target and verdict beside the promise its unit made. They
-- measure different things (the vendor's hours, pauses and first match of a policy), so they are shown, never mixed.
with clocks as (

    select * from {{ ref('int_request_vendor_sla') }}

),

promises as (

    select * from {{ ref('request_promise') }}

),

source_clocks as (

    select * from {{ ref('int_helpdesk_clock') }}

),

final as (

    select
        clocks.request_key,
        clocks.source_name,
        clocks.metric,
        clocks.cycle_no,
        clocks.policy_id,
        clocks.stage,
        clocks.target_minutes,
        clocks.is_business_hours,
        coalesce(
            clocks.is_breached_told,
            coalesce(clocks.due_at <= coalesce(clocks.ends_at, source_clocks.source_at), false)
        ) as is_breached,
        promises.is_first_response_kept as is_promised_first_response_kept,
        promises.is_resolution_kept as is_promised_resolution_kept,
        clocks.starts_at,
        clocks.due_at,
        clocks.ends_at
    from clocks
    left join source_clocks on clocks.source_name = source_clocks.source_name
    left join promises on clocks.request_key = promises.request_key

)

select * from final
