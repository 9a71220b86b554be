{{ config(indexes=[{'columns': ['request_key'], 'unique': true}]) }}

-- Grain: one request, its two clocks.
-- First response: creation to the first public reply by staff (the district file may let "work started" count), never paused.
-- Resolution: creation to the last resolution, reopenings included, less the time spent waiting for the requester.
-- Null stays null: what has not happened has no duration. The waiting so far stands in its own column, cut at the source's clock;
-- a withdrawn request is cut when it was withdrawn. `*_business_seconds` are positions on the unit's calendar.
with requests as (

    select * from {{ ref('service_request') }}

),

events as (

    select * from {{ ref('request_event') }}

),

pauses as (

    select * from {{ ref('request_pause') }}

),

response_kinds as (

    select unnest(first_response_events) as event_type
    from {{ source('config', 'district') }}

),

responses as (

    select events.*
    from events
    inner join response_kinds on events.event_type = response_kinds.event_type

),

-- A source that never shows a reply cannot be blamed for late ones.
readable_sources as (

    select distinct source_name from responses

),

ends as (

    select
        requests.request_key,
        case
            when requests.status in ('resolved', 'closed')
                then greatest(
                        requests.created_at,
                        coalesce(
                            max(events.occurred_at) filter (where events.event_type = 'solved'),
                            requests.resolved_at_told,
                            requests.closed_at_told,
                            requests.updated_at
                        )
                    )
        end as resolved_at,
        case
            when requests.is_withdrawn
                then greatest(
                        requests.created_at,
                        coalesce(
                            max(events.occurred_at) filter (where events.event_type = 'withdrawn'),
                            requests.closed_at_told,
                            requests.updated_at
                        )
                    )
        end as withdrawn_at,
        count(*) filter (where events.event_type = 'reopened') as n_reopens,
        count(*) filter (where events.event_type = 'group_changed') as n_group_changes,
        count(*) filter (where events.event_type = 'public_reply') as n_public_replies,
        min(events.occurred_at) filter (where events.event_type = 'solved') as first_solved_at,
        max(events.occurred_at) filter (where events.event_type = 'reopened') as last_reopened_at
    from requests
    left join events on requests.request_key = events.request_key
    group by
        requests.request_key, requests.status, requests.is_withdrawn, requests.created_at, requests.resolved_at_told,
        requests.closed_at_told, requests.updated_at

),

-- A reply after the last resolution answers nobody who still waited.
first_responses as (

    select
        responses.request_key,
        min(responses.occurred_at) as first_response_at
    from responses
    inner join requests on responses.request_key = requests.request_key
    inner join ends on responses.request_key = ends.request_key
    where
        responses.occurred_at >= requests.created_at
        and responses.occurred_at <= coalesce(ends.resolved_at, ends.withdrawn_at, 'infinity')
    group by 1

),

timed as (

    select
        requests.request_key,
        requests.source_name,
        requests.unit_id,
        requests.priority,
        requests.is_open,
        requests.is_withdrawn,
        readable_sources.source_name is not null as has_readable_replies,
        requests.created_at,
        first_responses.first_response_at,
        ends.resolved_at,
        ends.withdrawn_at,
        coalesce(ends.resolved_at, ends.withdrawn_at, requests.source_at) as measured_until_at,
        ends.n_reopens,
        ends.n_group_changes,
        ends.n_public_replies,
        ends.first_solved_at,
        ends.last_reopened_at
    from requests
    inner join ends on requests.request_key = ends.request_key
    left join first_responses on requests.request_key = first_responses.request_key
    left join readable_sources on requests.source_name = readable_sources.source_name

),

placed as (

    select
        *,
        {{ business_seconds_at('timed.unit_id', 'timed.created_at') }} as created_business_seconds,
        {{ business_seconds_at('timed.unit_id', 'timed.first_response_at') }} as first_response_business_seconds,
        {{ business_seconds_at('timed.unit_id', 'timed.measured_until_at') }} as measured_until_business_seconds
    from timed

),

waits as (

    select
        placed.request_key,
        sum(
            extract(epoch from least(pauses.ends_at, placed.measured_until_at) - pauses.starts_at)
        ) as requester_wait_seconds,
        sum(
            least(pauses.ends_business_seconds, placed.measured_until_business_seconds) - pauses.starts_business_seconds
        ) as requester_wait_business_seconds
    from placed
    inner join pauses on placed.request_key = pauses.request_key and pauses.starts_at < placed.measured_until_at
    group by 1

),

measured as (

    select
        placed.*,
        coalesce(waits.requester_wait_seconds, 0) as requester_wait_seconds,
        case
            when placed.created_business_seconds is not null then coalesce(waits.requester_wait_business_seconds, 0)
        end as requester_wait_business_seconds,
        extract(epoch from placed.measured_until_at - placed.created_at)
        - coalesce(waits.requester_wait_seconds, 0) as worked_seconds,
        placed.measured_until_business_seconds - placed.created_business_seconds
        - coalesce(waits.requester_wait_business_seconds, 0) as worked_business_seconds
    from placed
    left join waits on placed.request_key = waits.request_key

),

final as (

    select
        request_key,
        source_name,
        unit_id,
        priority,

        is_open,
        is_withdrawn,
        has_readable_replies,
        case
            when has_readable_replies then is_open and first_response_at is null
        end as is_still_waiting_first_response,

        {{ minutes('first_response_business_seconds - created_business_seconds') }} as first_response_business_minutes,
        {{ minutes('extract(epoch from first_response_at - created_at)') }} as first_response_calendar_minutes,
        case when resolved_at is not null then {{ minutes('worked_business_seconds') }} end as resolution_business_minutes,
        case when resolved_at is not null then {{ minutes('worked_seconds') }} end as resolution_calendar_minutes,
        {{ minutes('requester_wait_business_seconds') }} as requester_wait_business_minutes,
        {{ minutes('requester_wait_seconds') }} as requester_wait_calendar_minutes,
        case when resolved_at is null then {{ minutes('worked_business_seconds') }} end as waiting_so_far_business_minutes,
        case when resolved_at is null then {{ minutes('worked_seconds') }} end as waiting_so_far_calendar_minutes,
        null::numeric as on_hold_business_minutes,
        null::numeric as on_hold_calendar_minutes,
        n_reopens,
        n_group_changes,
        n_public_replies,

        created_business_seconds,
        first_response_business_seconds,
        case when resolved_at is not null then measured_until_business_seconds end as resolved_business_seconds,
        requester_wait_business_seconds,

        created_at,
        first_response_at,
        first_solved_at,
        last_reopened_at,
        resolved_at,
        withdrawn_at,
        measured_until_at
    from measured

)

select * from final
