{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    on_schema_change='sync_all_columns',
    indexes=[{'columns': ['request_key']}]
) }}

-- Grain: one stretch in which a request waited for its requester (requester_wait) or for somebody else outside its unit
-- (on_hold); on the clock of the owning unit too. A null end is still to come.
with touched as (

    select * from {{ ref('int_touched_request') }}

),

events as (

    select * from {{ ref('int_request_event') }}
    where event_type in ('paused', 'held', 'resumed')

),

requests as (

    select * from {{ ref('int_service_request') }}

),

steps as (

    select
        touched.request_key,
        events.event_no,
        events.event_type,
        events.occurred_at as starts_at,
        lead(events.occurred_at) over (partition by touched.request_no order by events.event_no) as ends_at
    from touched
    inner join events on touched.request_key = events.request_key

),

pauses as (

    select
        steps.request_key,
        requests.unit_id,
        steps.event_no,
        case steps.event_type when 'paused' then 'requester_wait' else 'on_hold' end as kind,
        greatest(steps.starts_at, requests.created_at) as starts_at,
        steps.ends_at
    from steps
    inner join requests on steps.request_key = requests.request_key
    where steps.event_type <> 'resumed'

),

final as (

    select
        request_key,
        row_number() over (partition by request_key order by event_no)::int as pause_no,
        kind,
        starts_at,
        ends_at,
        {{ business_seconds_at('pauses.unit_id', 'pauses.starts_at') }} as starts_business_seconds,
        {{ business_seconds_at('pauses.unit_id', 'pauses.ends_at') }} as ends_business_seconds
    from pauses
    where coalesce(starts_at < ends_at, true)

)

select * from final
