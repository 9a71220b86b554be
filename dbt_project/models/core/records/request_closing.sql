{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        on_schema_change='sync_all_columns',
        indexes=[{'columns': ['request_key'], 'unique': true}, {'columns': ['closed_month']}],
        post_hook='{{ forget_old_closings() }}',
    )
}}

-- Grain: one request that a unit holds and whose first closing, by resolution or withdrawal, lies in the months that are looked
-- at: how much of the promised time was left then, and whether it was soon reopened. Nothing here depends on "now", so an
-- untouched request is never written again. The clock is the promise's: what pauses it is left out.
-- Known gaps: a request counts for the unit that holds it now, which need not be the one that closed it; what is closed without
-- a resolution the desk tells of is a resolution at the moment it was closed.
-- depends_on: {{ ref('int_touched_request') }}
-- depends_on: {{ ref('int_build') }}
with clocks as (

    select * from {{ ref('int_request_clock') }}
    {% if is_incremental() and left_by_last_build(this.identifier) and not is_everything_touched(this) %}
        -- A join would read every clock; an array goes down to the keys.
        where request_key = any(array(select touched.request_key from {{ ref('int_touched_request') }} as touched))
    {% endif %}

),

promises as (

    select * from {{ ref('int_request_promise') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

first_closed as (

    select
        clocks.*,
        greatest(
            clocks.created_at, coalesce(clocks.first_solved_at, clocks.resolved_at, clocks.withdrawn_at)
        ) as closed_at,
        clocks.first_solved_at is null and clocks.resolved_at is null as is_closed_by_withdrawal
    from clocks
    where
        clocks.unit_id is not null
        and coalesce(clocks.first_solved_at, clocks.resolved_at, clocks.withdrawn_at) is not null

),

shown as (

    select
        first_closed.*,
        {{ local_day('first_closed.closed_at', 'as_of.timezone') }} as closed_on,
        -- The clocks as kept are those of the last closing, which is the first one of nearly every request.
        coalesce(first_closed.closed_at = coalesce(first_closed.resolved_at, first_closed.withdrawn_at), false) as is_only_closing
    from first_closed
    cross join as_of
    where {{ local_day('first_closed.closed_at', 'as_of.timezone') }} >= {{ first_record_month() }}

),

placed as (

    select
        shown.*,
        promises.pause_kinds,
        promises.resolution_limit_seconds,
        case
            when shown.is_only_closing then shown.ended_business_seconds
            when promises.resolution_limit_seconds is not null then {{ business_seconds_at('shown.unit_id', 'shown.closed_at') }}
        end as closed_business_seconds
    from shown
    left join promises on shown.request_key = promises.request_key

),

waited as (

    select
        placed.*,
        case
            when placed.is_only_closing
                then
                    case when 'requester_wait' = any(placed.pause_kinds) then placed.requester_wait_business_seconds else 0 end
                    + case when 'on_hold' = any(placed.pause_kinds) then placed.on_hold_business_seconds else 0 end
            else coalesce(paused.business_seconds, 0)
        end as paused_business_seconds
    from placed
    left join lateral (
        select
            sum(
                least(pauses.ends_business_seconds, placed.closed_business_seconds) - pauses.starts_business_seconds
            ) as business_seconds
        from {{ ref('request_pause') }} as pauses
        where
            not placed.is_only_closing
            and pauses.request_key = placed.request_key
            and pauses.kind = any(placed.pause_kinds)
            and pauses.starts_at < placed.closed_at
    ) as paused on true

),

final as (

    select
        waited.request_key,
        waited.unit_id,
        waited.is_closed_by_withdrawal,
        coalesce(reopened_soon.is_true, false) as is_reopened_soon,
        waited.resolution_limit_seconds as promised_seconds,
        waited.resolution_limit_seconds
        - (waited.closed_business_seconds - waited.created_business_seconds - waited.paused_business_seconds) as left_seconds,
        waited.closed_at,
        waited.closed_on,
        {{ period_of('waited.closed_on', 1) }} as closed_month
    from waited
    -- The events are looked up for reopened requests only.
    left join lateral (
        select true as is_true
        from {{ ref('int_request_event') }} as reopenings
        where
            waited.n_reopens > 0
            and reopenings.request_key = waited.request_key
            and reopenings.event_type = 'reopened'
            and reopenings.occurred_at >= waited.closed_at
            and reopenings.occurred_at < waited.closed_at + {{ var('reopened_soon_days') }} * interval '1 day'
        order by reopenings.occurred_at
        limit 1
    ) as reopened_soon on true

)

select * from final
