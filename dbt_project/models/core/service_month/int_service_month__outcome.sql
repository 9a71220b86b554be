{{ config(materialized='view') }}

-- Grain: one request that a unit holds: what it adds to which months, as it stands. Nothing here depends on "now", so a request
-- that nobody touched says tomorrow what it says today.
-- `solved_month` is the month of the first resolution, `resolved_month` that of the last, null while the request is open again.
-- Replies of a source that shows none are unknown, not none.
-- It reads the kept tables, each once and by key, so that a build looks up the touched requests and no others.
with requests as (

    select * from {{ ref('int_service_request') }}
    where unit_id is not null

),

clocks as (

    select * from {{ ref('int_request_clock') }}

),

readable_sources as (

    select * from {{ ref('int_readable_source') }}

),

owners as (

    select * from {{ ref('int_requester') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

final as (

    select
        requests.request_key,
        requests.unit_id,
        -- Requests without a school count for their unit.
        coalesce(requests.school_key, '') as school_key,
        owners.staff_id as owner_staff_id,
        case
            when requests.follower_keys = '{}' then '{}'::text[]
            else
                array(
                    select followers.staff_id
                    from {{ ref('int_requester') }} as followers
                    where followers.user_key = any(requests.follower_keys) and followers.staff_id is not null
                    order by followers.staff_id
                )
        end as follower_staff_ids,

        requests.request_type,
        requests.priority,
        requests.is_instruction_blocking,
        requests.is_withdrawn,
        coalesce(requests.requester_role in ('unit_staff', 'unit_chief', 'case_manager'), false) as is_begun_by_unit,
        coalesce(reopened_soon.is_true, false) as is_reopened_soon,

        clocks.n_group_changes,
        clocks.n_reopens,
        case when readable_sources.source_name is not null then clocks.n_public_replies end as n_public_replies,
        case
            when clocks.resolved_at is not null
                then
                    {{ minutes(
                        'clocks.ended_business_seconds - clocks.created_business_seconds - clocks.requester_wait_business_seconds'
                    ) }}
        end::double precision as resolution_business_minutes,

        requests.created_on as opened_on,
        {{ period_of('requests.created_on', 1) }} as opened_month,
        coalesce(clocks.first_solved_at, clocks.resolved_at) as solved_at,
        {{ period_of(local_day('coalesce(clocks.first_solved_at, clocks.resolved_at)', 'as_of.timezone'), 1) }} as solved_month,
        {{ local_day('clocks.resolved_at', 'as_of.timezone') }} as resolved_on,
        {{ period_of(local_day('clocks.resolved_at', 'as_of.timezone'), 1) }} as resolved_month
    from requests
    cross join as_of
    inner join clocks on requests.request_key = clocks.request_key
    left join readable_sources on requests.source_name = readable_sources.source_name
    left join owners on requests.assignee_key = owners.user_key
    -- The events are looked up for reopened requests only.
    left join lateral (
        select true as is_true
        from {{ ref('int_request_event') }} as solutions
        inner join {{ ref('int_request_event') }} as reopenings
            on
                solutions.request_key = reopenings.request_key
                and reopenings.event_type = 'reopened'
                and reopenings.occurred_at >= solutions.occurred_at
                and reopenings.occurred_at < solutions.occurred_at + {{ var('reopened_soon_days') }} * interval '1 day'
        where clocks.n_reopens > 0 and solutions.request_key = requests.request_key and solutions.event_type = 'solved'
        order by solutions.occurred_at
        limit 1
    ) as reopened_soon on true

)

select * from final
