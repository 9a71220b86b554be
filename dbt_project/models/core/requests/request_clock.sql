{{ config(materialized='view') }}

-- Grain: one request, its clocks.
-- First response: creation to the first public reply by staff (the district file may let "work started" count), never paused.
-- Resolution: creation to the last resolution, reopenings included, less the time spent waiting for the requester.
-- Requester wait and on hold: the time spent in either, to the end of the request or, while it is open, to the source's clock.
-- Null stays null: what has not happened has no duration. The waiting so far stands in its own column, cut at the source's clock;
-- a withdrawn request is cut when it was withdrawn. `*_business_seconds` are positions on the unit's calendar.
with clocks as (

    select * from {{ ref('int_request_clock') }}

),

source_clocks as (

    select * from {{ ref('int_helpdesk_clock') }}

),

unit_now as (

    select * from {{ ref('int_unit_now') }}

),

readable_sources as (

    select * from {{ ref('int_readable_source') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

cut as (

    select
        clocks.*,
        readable_sources.source_name is not null as has_readable_replies,
        coalesce(clocks.resolved_at, clocks.withdrawn_at, source_clocks.source_at, as_of.as_of_at) as measured_until_at,
        case
            when coalesce(clocks.resolved_at, clocks.withdrawn_at) is null then unit_now.business_seconds
            else clocks.ended_business_seconds
        end as measured_until_business_seconds
    from clocks
    cross join as_of
    left join source_clocks on clocks.source_name = source_clocks.source_name
    left join unit_now on clocks.source_name = unit_now.source_name and clocks.unit_id = unit_now.unit_id
    left join readable_sources on clocks.source_name = readable_sources.source_name

),

going as (

    select
        *,
        coalesce(
            greatest(extract(epoch from measured_until_at - going_pause_starts_at), 0), 0
        ) as going_pause_seconds,
        coalesce(
            greatest(measured_until_business_seconds - going_pause_starts_business_seconds, 0), 0
        ) as going_pause_business_seconds
    from cut

),

waited as (

    select
        *,
        requester_wait_seconds
        + case when going_pause_kind = 'requester_wait' then going_pause_seconds else 0 end as requester_waited_seconds,
        requester_wait_business_seconds
        + case
            when going_pause_kind = 'requester_wait' then going_pause_business_seconds else 0
        end as requester_waited_business_seconds,
        on_hold_seconds + case when going_pause_kind = 'on_hold' then going_pause_seconds else 0 end as held_seconds,
        on_hold_business_seconds
        + case when going_pause_kind = 'on_hold' then going_pause_business_seconds else 0 end as held_business_seconds
    from going

),

measured as (

    select
        *,
        extract(epoch from measured_until_at - created_at) - requester_waited_seconds as worked_seconds,
        measured_until_business_seconds - created_business_seconds
        - requester_waited_business_seconds as worked_business_seconds
    from waited

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
        {{ minutes('requester_waited_business_seconds') }} as requester_wait_business_minutes,
        {{ minutes('requester_waited_seconds') }} as requester_wait_calendar_minutes,
        {{ minutes('held_business_seconds') }} as on_hold_business_minutes,
        {{ minutes('held_seconds') }} as on_hold_calendar_minutes,
        case when resolved_at is null then {{ minutes('worked_business_seconds') }} end as waiting_so_far_business_minutes,
        case when resolved_at is null then {{ minutes('worked_seconds') }} end as waiting_so_far_calendar_minutes,
        n_reopens,
        n_group_changes,
        n_public_replies,

        created_business_seconds,
        first_response_business_seconds,
        case when resolved_at is not null then measured_until_business_seconds end as resolved_business_seconds,
        requester_waited_business_seconds as requester_wait_business_seconds,
        held_business_seconds as on_hold_business_seconds,

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
