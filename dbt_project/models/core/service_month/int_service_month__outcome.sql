{{ config(materialized='view') }}

-- Grain: one request that a unit holds: what it adds to which months, as it stands. Nothing here depends on "now", so a request
-- that nobody touched says tomorrow what it says today.
-- `solved_month` is the month of the first resolution, `resolved_month` that of the last, null while the request is open again.
-- Replies of a source that shows none are unknown, not none.
with requests as (

    select * from {{ ref('service_request') }}
    where unit_id is not null

),

clocks as (

    select * from {{ ref('request_clock') }}

),

events as (

    select * from {{ ref('request_event') }}

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
        requests.owner_staff_id,
        requests.follower_staff_ids,

        requests.request_type,
        requests.priority,
        requests.is_instruction_blocking,
        requests.is_withdrawn,
        coalesce(requests.requester_role in ('unit_staff', 'unit_chief', 'case_manager'), false) as is_begun_by_unit,
        -- The exact test costs a look at the events, which only reopened requests need.
        clocks.n_reopens > 0 and exists (
            select 1 from events as solutions
            inner join events as reopenings
                on
                    solutions.request_key = reopenings.request_key
                    and reopenings.event_type = 'reopened'
                    and reopenings.occurred_at >= solutions.occurred_at
                    and reopenings.occurred_at < solutions.occurred_at + {{ var('reopened_soon_days') }} * interval '1 day'
            where solutions.request_key = requests.request_key and solutions.event_type = 'solved'
        ) as is_reopened_soon,

        clocks.n_group_changes,
        clocks.n_reopens,
        case when clocks.has_readable_replies then clocks.n_public_replies end as n_public_replies,
        clocks.resolution_business_minutes::double precision as resolution_business_minutes,

        requests.created_on as opened_on,
        {{ period_of('requests.created_on', 1) }} as opened_month,
        coalesce(clocks.first_solved_at, clocks.resolved_at) as solved_at,
        {{ period_of(local_day('coalesce(clocks.first_solved_at, clocks.resolved_at)', 'as_of.timezone'), 1) }} as solved_month,
        {{ local_day('clocks.resolved_at', 'as_of.timezone') }} as resolved_on,
        {{ period_of(local_day('clocks.resolved_at', 'as_of.timezone'), 1) }} as resolved_month
    from requests
    cross join as_of
    inner join clocks on requests.request_key = clocks.request_key

)

select * from final
