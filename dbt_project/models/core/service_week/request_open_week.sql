{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        on_schema_change='sync_all_columns',
        pre_hook="{{ forget_open_weeks() }}",
        indexes=[{'columns': ['week_start_on', 'unit_id', "(coalesce(school_key, ''))"]}, {'columns': ['request_key']}],
    )
}}

-- Grain: one request that was open when a week was judged, with how long its unit had had it by then. Requests that no unit
-- holds are left out. A reopened request is open until its last resolution. `promise_left_business_minutes` is what remained
-- until the nearer of the promises that could still be kept slips, less than nought once one has slipped and is still owed.
-- Weeks that are over stay as they are, unless the request or the unit's calendar has changed; the running one is judged anew by
-- every build.
-- depends_on: {{ ref('int_touched_request') }}
-- depends_on: {{ ref('int_build') }}
with outcomes as not materialized (

    select * from {{ ref('request_outcome') }}

),

pauses as (

    select * from {{ ref('request_pause') }}

),

unit_weeks as (

    select * from {{ ref('dim_unit_week') }}

),

-- A source that never shows a reply cannot be blamed for late ones.
readable_sources as (

    select * from {{ ref('int_readable_source') }}

),

readable as (

    select string_agg(source_name, ' ' order by source_name) as sources
    from readable_sources

),

{% set is_a_day = is_incremental() and left_by_last_build(this.identifier) and not is_everything_touched(this) %}
{% if is_a_day %}
-- What the pre-hook has taken out is missing.
    stale_weeks as ( -- noqa: ST03

        select unit_weeks.*
        from unit_weeks
        where not exists (
                select 1 from {{ this }} as held
                where held.week_start_on = unit_weeks.week_start_on and held.unit_id = unit_weeks.unit_id
            )

    ),
{% else %}
    bounds as ( -- noqa: ST03

        select max(week_start_on) as last_week
        from {{ ref('dim_week') }}

    ),
{% endif %}

open_weeks as (

    {% if is_a_day %}
        select
            unit_weeks.week_start_on,
            unit_weeks.evaluated_at,
            unit_weeks.business_seconds as now_business_seconds,
            outcomes.*
        from {{ ref('int_touched_request') }} as touched
        inner join outcomes on touched.request_key = outcomes.request_key
        inner join unit_weeks
            on
                outcomes.unit_id = unit_weeks.unit_id
                and unit_weeks.week_start_on between outcomes.opened_week and outcomes.ended_week
                and not exists (
                    select 1 from stale_weeks
                    where stale_weeks.week_start_on = unit_weeks.week_start_on and stale_weeks.unit_id = unit_weeks.unit_id
                )

        union all

        select
            stale_weeks.week_start_on,
            stale_weeks.evaluated_at,
            stale_weeks.business_seconds,
            outcomes.*
        from stale_weeks
        inner join outcomes
            on
                stale_weeks.unit_id = outcomes.unit_id
                and outcomes.ended_week >= stale_weeks.week_start_on
                and outcomes.opened_week <= stale_weeks.week_start_on

    {% else %}
        -- The order keeps it so that each request looks its few weeks up, rather than each week all requests that end later.
        select
            weeks.week_start_on,
            weeks.evaluated_at,
            weeks.business_seconds as now_business_seconds,
            outcomes.*
        from outcomes
        cross join bounds
        cross join
            lateral (
                select unit_weeks.*
                from unit_weeks
                where
                    unit_weeks.unit_id = outcomes.unit_id
                    and unit_weeks.week_start_on between outcomes.opened_week and outcomes.ended_week
                order by unit_weeks.week_start_on
            ) as weeks
        -- Most requests end in the week of their opening, before it is judged.
        where outcomes.ended_week > outcomes.opened_week or outcomes.ended_week >= bounds.last_week
    {% endif %}

),

open_then as (

    select
        open_weeks.*,
        readable_sources.source_name is not null as has_readable_replies,
        coalesce(open_weeks.first_response_at < open_weeks.evaluated_at, false) as is_answered
    from open_weeks
    left join readable_sources on open_weeks.source_name = readable_sources.source_name
    where
        open_weeks.created_at < open_weeks.evaluated_at
        and coalesce(open_weeks.ended_at, 'infinity') >= open_weeks.evaluated_at

),

waits as (

    select
        open_then.week_start_on,
        open_then.request_key,
        sum(
            least(pauses.ends_business_seconds, open_then.now_business_seconds) - pauses.starts_business_seconds
        ) filter (where pauses.kind = 'requester_wait') as requester_wait_seconds,
        sum(
            least(pauses.ends_business_seconds, open_then.now_business_seconds) - pauses.starts_business_seconds
        ) filter (where pauses.kind = any(open_then.pause_kinds)) as stopped_seconds
    from open_then
    inner join pauses
        on
            open_then.request_key = pauses.request_key
            and pauses.starts_business_seconds < open_then.now_business_seconds
    group by 1, 2

),

measured as (

    select
        open_then.*,
        open_then.now_business_seconds - open_then.created_business_seconds as since_created_seconds,
        open_then.now_business_seconds - open_then.created_business_seconds
        - coalesce(waits.requester_wait_seconds, 0) as worked_seconds,
        open_then.now_business_seconds - open_then.created_business_seconds
        - coalesce(waits.stopped_seconds, 0) as promised_seconds,
        open_then.first_response_business_seconds - open_then.created_business_seconds as answered_after_seconds
    from open_then
    left join waits
        on open_then.week_start_on = waits.week_start_on and open_then.request_key = waits.request_key

),

judged as (

    select
        *,
        coalesce(promised_seconds > resolution_limit_seconds, false) as is_past_resolution,
        coalesce(
            has_readable_replies and not is_answered and since_created_seconds > first_response_limit_seconds, false
        ) as is_unanswered_past_promise,
        coalesce(
            has_readable_replies and is_answered and answered_after_seconds > first_response_limit_seconds, false
        ) as is_answered_late,
        least(
            resolution_limit_seconds - promised_seconds,
            case when has_readable_replies and not is_answered then first_response_limit_seconds - since_created_seconds end
        ) as promise_left_seconds
    from measured

),

final as (

    select
        judged.week_start_on,
        judged.request_key,
        nullif(judged.school_key, '') as school_key,
        judged.unit_id,
        judged.priority,
        case when judged.has_readable_replies then not judged.is_answered end as is_still_waiting_first_response,
        judged.is_past_resolution or judged.is_unanswered_past_promise or judged.is_answered_late as has_broken_promise,
        coalesce(judged.promised_seconds > 2 * judged.resolution_limit_seconds, false) as is_ageing,
        judged.priority = 1 and (judged.is_past_resolution or judged.is_unanswered_past_promise) as is_urgent_overdue,
        {{ minutes('judged.worked_seconds') }} as waiting_business_minutes,
        {{ minutes('judged.promise_left_seconds') }} as promise_left_business_minutes,
        judged.evaluated_at,
        judged.now_business_seconds,
        readable.sources as readable_sources
    from judged
    cross join readable

)

select * from final
