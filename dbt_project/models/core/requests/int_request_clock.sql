{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    on_schema_change='sync_all_columns',
    indexes=[{'columns': ['request_key'], 'unique': true}, {'columns': ['resolved_at']}],
    post_hook=['{% if not is_incremental() %}create index on {{ this }} (source_name) where first_response_at is not null{% endif %}']
) }}

-- Grain: one request, its clocks as kept: what has ended, and since when what goes on has gone on. request_clock adds the
-- moment of the build to the open ones. `*_business_seconds` are positions on the unit's calendar, or open seconds between two
-- of them.
with touched as (

    select * from {{ ref('int_touched_request') }}

),

requests as (

    select * from {{ ref('int_service_request') }}

),

summaries as (

    select * from {{ ref('int_request_summary') }}

),

pauses as (

    select * from {{ ref('request_pause') }}

),

ended as (

    select
        touched.request_no,
        requests.*,
        case
            when requests.status in ('resolved', 'closed')
                then greatest(
                        requests.created_at,
                        coalesce(
                            summaries.last_solved_at, requests.resolved_at_told, requests.closed_at_told, requests.updated_at
                        )
                    )
        end as resolved_at,
        case
            when requests.is_withdrawn
                then greatest(
                        requests.created_at,
                        coalesce(summaries.last_withdrawn_at, requests.closed_at_told, requests.updated_at)
                    )
        end as withdrawn_at,
        summaries.first_response_at,
        summaries.first_solved_at,
        summaries.last_reopened_at,
        summaries.n_reopens,
        summaries.n_group_changes,
        summaries.n_public_replies
    from touched
    inner join requests on touched.request_key = requests.request_key
    inner join summaries on touched.request_no = summaries.request_no

),

-- A reply after the last resolution answers nobody who still waited.
timed as (

    select
        request_no,
        request_key,
        source_name,
        school_key,
        unit_id,
        request_type,
        priority,
        is_open,
        is_withdrawn,
        created_on,
        created_at,
        case
            when first_response_at <= coalesce(resolved_at, withdrawn_at, 'infinity') then greatest(first_response_at, created_at)
        end as first_response_at,
        first_solved_at,
        last_reopened_at,
        resolved_at,
        withdrawn_at,
        coalesce(resolved_at, withdrawn_at) as ended_at,
        n_reopens,
        n_group_changes,
        n_public_replies
    from ended

),

placed as (

    select
        *,
        {{ business_seconds_at('timed.unit_id', 'timed.created_at') }} as created_business_seconds,
        {{ business_seconds_at('timed.unit_id', 'timed.first_response_at') }} as first_response_business_seconds,
        {{ business_seconds_at('timed.unit_id', 'timed.ended_at') }} as ended_business_seconds
    from timed

),

-- A pause of a request that has ended ends with it; one of an open request that goes on is left to request_clock.
waits as (

    select
        placed.request_no,
        sum(extract(epoch from least(pauses.ends_at, placed.ended_at) - pauses.starts_at))
        filter (where pauses.kind = 'requester_wait') as requester_wait_seconds,
        sum(least(pauses.ends_business_seconds, placed.ended_business_seconds) - pauses.starts_business_seconds)
        filter (where pauses.kind = 'requester_wait') as requester_wait_business_seconds,
        sum(extract(epoch from least(pauses.ends_at, placed.ended_at) - pauses.starts_at))
        filter (where pauses.kind = 'on_hold') as on_hold_seconds,
        sum(least(pauses.ends_business_seconds, placed.ended_business_seconds) - pauses.starts_business_seconds)
        filter (where pauses.kind = 'on_hold') as on_hold_business_seconds,
        min(pauses.kind) filter (where coalesce(pauses.ends_at, placed.ended_at) is null) as going_pause_kind,
        min(pauses.starts_at) filter (where coalesce(pauses.ends_at, placed.ended_at) is null) as going_pause_starts_at,
        min(pauses.starts_business_seconds)
        filter (where coalesce(pauses.ends_at, placed.ended_at) is null) as going_pause_starts_business_seconds
    from placed
    inner join pauses on placed.request_key = pauses.request_key
    where pauses.starts_at < coalesce(placed.ended_at, 'infinity')
    group by 1

),

final as (

    select
        placed.request_key,
        placed.source_name,
        placed.school_key,
        placed.unit_id,
        placed.request_type,
        placed.priority,

        placed.is_open,
        placed.is_withdrawn,
        placed.n_reopens,
        placed.n_group_changes,
        placed.n_public_replies,

        placed.created_business_seconds,
        placed.first_response_business_seconds,
        placed.ended_business_seconds,
        coalesce(waits.requester_wait_seconds, 0) as requester_wait_seconds,
        coalesce(waits.on_hold_seconds, 0) as on_hold_seconds,
        case
            when placed.created_business_seconds is not null then coalesce(waits.requester_wait_business_seconds, 0)
        end as requester_wait_business_seconds,
        case
            when placed.created_business_seconds is not null then coalesce(waits.on_hold_business_seconds, 0)
        end as on_hold_business_seconds,
        waits.going_pause_kind,
        waits.going_pause_starts_business_seconds,

        placed.created_on,
        placed.created_at,
        placed.first_response_at,
        placed.first_solved_at,
        placed.last_reopened_at,
        placed.resolved_at,
        placed.withdrawn_at,
        waits.going_pause_starts_at
    from placed
    left join waits on placed.request_no = waits.request_no

)

select * from final
