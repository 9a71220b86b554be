{{ config(tags=['detection_method'], unlogged=true) }}

-- Grain: one comparison and one request of a school that was waiting at some moment of its window: how long, by both clocks, in
-- whole business minutes of its unit, rounded up.
-- Resolution: from opening to the last resolution, less the wait for the requester. Response: to the first reply, or to the
-- resolution of a request solved without one; null where the help desk shows no replies, or the reply came before the window.
-- The end is an event when it happened before the as-of moment; a request withdrawn is censored then, one still waiting at the
-- as-of moment; nothing is dropped. A request opened before the window is at risk from the window's first minute on: `entry`.
-- Known gap: a past week is worked out from the moments held now. A request reopened since counts as open until its last
-- resolution; one that has moved counts for the school, unit, type and priority it has now; one that is gone from the help desk
-- is gone from the past, too.
with run_units as (

    select * from {{ ref('int_detection__run_unit') }}

),

clocks as (

    select * from {{ ref('int_request_clock') }}

),

pauses as (

    select * from {{ ref('request_pause') }}
    where kind = 'requester_wait'

),

readable_sources as (

    select * from {{ ref('int_readable_source') }}

),

waiting as (

    select
        run_units.run_id,
        clocks.request_key,
        clocks.school_key,
        clocks.unit_id,
        clocks.request_type,
        coalesce(clocks.priority, 0) as priority,
        clocks.created_on as opened_on,
        {{ week_of('clocks.created_on') }} as opened_week,
        clocks.resolved_at < run_units.ends_at as is_resolved,
        coalesce(clocks.resolved_at, clocks.withdrawn_at) < run_units.ends_at as is_ended,
        coalesce(clocks.first_response_at, clocks.resolved_at) < run_units.ends_at as is_answered,
        clocks.created_at < run_units.starts_at as is_late_entry,
        coalesce(coalesce(clocks.first_response_at, clocks.resolved_at, clocks.withdrawn_at) < run_units.starts_at, false)
            as is_answered_before,
        readable_sources.source_name is not null as has_readable_replies,
        clocks.created_business_seconds::bigint as created_seconds,
        case
            when clocks.first_response_at is not null then clocks.first_response_business_seconds
            else clocks.ended_business_seconds
        end::bigint as answered_seconds,
        clocks.ended_business_seconds::bigint as ended_seconds,
        clocks.requester_wait_business_seconds::bigint as requester_wait_seconds,
        run_units.starts_business_seconds,
        run_units.ends_business_seconds
    from run_units
    inner join clocks
        on
            run_units.unit_id = clocks.unit_id
            and clocks.created_at < run_units.ends_at
            and coalesce(clocks.resolved_at, clocks.withdrawn_at, 'infinity') >= run_units.starts_at
    left join readable_sources on clocks.source_name = readable_sources.source_name
    where clocks.school_key is not null and clocks.created_business_seconds is not null

),

-- Only where the time is cut in the middle of a request do its pauses have to be cut, too.
cut_waits as (

    select
        waiting.run_id,
        waiting.request_key,
        sum(
            greatest(least(pauses.ends_business_seconds, waiting.starts_business_seconds) - pauses.starts_business_seconds, 0)
        )::bigint as before_start_seconds,
        sum(
            greatest(least(pauses.ends_business_seconds, waiting.ends_business_seconds) - pauses.starts_business_seconds, 0)
        )::bigint as before_end_seconds
    from waiting
    inner join pauses on waiting.request_key = pauses.request_key
    where waiting.is_late_entry or waiting.is_ended is not true
    group by 1, 2

),

measured as (

    select
        waiting.*,
        case
            when waiting.is_late_entry
                then waiting.starts_business_seconds - waiting.created_seconds - coalesce(cut_waits.before_start_seconds, 0)
            else 0
        end as resolution_entry_seconds,
        case
            when waiting.is_ended then waiting.ended_seconds - waiting.requester_wait_seconds
            else waiting.ends_business_seconds - coalesce(cut_waits.before_end_seconds, 0)
        end - waiting.created_seconds as resolution_exit_seconds,
        case
            when waiting.is_late_entry then waiting.starts_business_seconds - waiting.created_seconds
            else 0
        end as response_entry_seconds,
        case
            when waiting.is_answered then waiting.answered_seconds
            when waiting.is_ended then waiting.ended_seconds
            else waiting.ends_business_seconds
        end - waiting.created_seconds as response_exit_seconds,
        waiting.has_readable_replies and not waiting.is_answered_before as has_response_clock
    from waiting
    left join cut_waits on waiting.run_id = cut_waits.run_id and waiting.request_key = cut_waits.request_key

),

entered as (

    select
        *,
        greatest(resolution_entry_seconds / 60, 0) as resolution_entry_minutes,
        case when has_response_clock then greatest(response_entry_seconds / 60, 0) end as response_entry_minutes
    from measured

),

final as (

    select
        run_id,
        request_key,
        school_key,
        unit_id,
        request_type,
        priority,
        opened_on,
        opened_week,
        opened_week - (opened_week - date '2000-01-03') % 28 as opened_band,
        is_ended is not true as is_open,
        resolution_entry_minutes,
        greatest((resolution_exit_seconds + 59) / 60, resolution_entry_minutes + 1) as resolution_exit_minutes,
        coalesce(is_resolved, false) as is_resolved,
        response_entry_minutes,
        case
            when has_response_clock
                then greatest((response_exit_seconds + 59) / 60, response_entry_minutes + 1)
        end as response_exit_minutes,
        case when has_response_clock then coalesce(is_answered, false) end as is_answered
    from entered

)

select * from final
