{{ config(indexes=[{'columns': ['week_start_on', 'school_key', 'unit_id']}]) }}

-- Grain: one request that was open when a week was judged, with how long its unit had had it by then.
-- A reopened request is open until its last resolution.
with clocks as (

    select * from {{ ref('request_clock') }}

),

requests as (

    select * from {{ ref('service_request') }}

),

promises as (

    select * from {{ ref('request_promise') }}

),

pauses as (

    select * from {{ ref('request_pause') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

unit_weeks as (

    select * from {{ ref('dim_unit_week') }}

),

open_weeks as (

    select
        weeks.week_start_on,
        clocks.request_key,
        requests.school_key,
        requests.unit_id,
        requests.priority,
        clocks.has_readable_replies,
        clocks.created_business_seconds,
        unit_weeks.business_seconds as now_business_seconds,
        clocks.first_response_business_seconds,
        coalesce(clocks.first_response_at < weeks.evaluated_at, false) as is_answered
    from clocks
    inner join requests on clocks.request_key = requests.request_key
    inner join weeks
        on
            clocks.created_at < weeks.evaluated_at
            and coalesce(clocks.resolved_at, clocks.withdrawn_at, 'infinity') >= weeks.evaluated_at
    left join unit_weeks on weeks.week_start_on = unit_weeks.week_start_on and requests.unit_id = unit_weeks.unit_id

),

waits as (

    select
        open_weeks.week_start_on,
        open_weeks.request_key,
        sum(
            least(pauses.ends_business_seconds, open_weeks.now_business_seconds) - pauses.starts_business_seconds
        ) as requester_wait_seconds
    from open_weeks
    inner join pauses
        on
            open_weeks.request_key = pauses.request_key
            and pauses.starts_business_seconds < open_weeks.now_business_seconds
    group by 1, 2

),

measured as (

    select
        open_weeks.*,
        promises.first_response_limit_seconds,
        promises.resolution_limit_seconds,
        open_weeks.now_business_seconds - open_weeks.created_business_seconds as since_created_seconds,
        open_weeks.now_business_seconds - open_weeks.created_business_seconds
        - coalesce(waits.requester_wait_seconds, 0) as worked_seconds,
        open_weeks.first_response_business_seconds - open_weeks.created_business_seconds as answered_after_seconds
    from open_weeks
    left join waits
        on open_weeks.week_start_on = waits.week_start_on and open_weeks.request_key = waits.request_key
    left join promises on open_weeks.request_key = promises.request_key

),

judged as (

    select
        *,
        coalesce(worked_seconds > resolution_limit_seconds, false) as is_past_resolution,
        coalesce(
            has_readable_replies and not is_answered and since_created_seconds > first_response_limit_seconds, false
        ) as is_unanswered_past_promise,
        coalesce(
            has_readable_replies and is_answered and answered_after_seconds > first_response_limit_seconds, false
        ) as is_answered_late
    from measured

),

final as (

    select
        week_start_on,
        request_key,
        school_key,
        unit_id,
        priority,
        case when has_readable_replies then not is_answered end as is_still_waiting_first_response,
        is_past_resolution or is_unanswered_past_promise or is_answered_late as has_broken_promise,
        coalesce(worked_seconds > 2 * resolution_limit_seconds, false) as is_ageing,
        priority = 1 and (is_past_resolution or is_unanswered_past_promise) as is_urgent_overdue,
        {{ minutes('worked_seconds') }} as waiting_business_minutes
    from judged

)

select * from final
