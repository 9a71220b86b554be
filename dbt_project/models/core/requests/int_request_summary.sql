{{ config(unlogged=true, indexes=[{'columns': ['request_no'], 'unique': true}]) }}

-- Grain: one touched request: what its events add up to, in one pass.
with touched as (

    select * from {{ ref('int_touched_request') }}

),

events as (

    select * from {{ ref('int_request_event') }}

),

response_kinds as (

    select first_response_events as event_types from {{ source('config', 'district') }}

),

final as (

    select
        touched.request_no,
        min(events.occurred_at) filter (where events.event_type = any(response_kinds.event_types)) as first_response_at,
        min(events.occurred_at) filter (where events.event_type = 'solved') as first_solved_at,
        max(events.occurred_at) filter (where events.event_type = 'solved') as last_solved_at,
        max(events.occurred_at) filter (where events.event_type = 'reopened') as last_reopened_at,
        max(events.occurred_at) filter (where events.event_type = 'withdrawn') as last_withdrawn_at,
        -- The number before the group makes the last one the greatest text.
        substr(
            max(lpad(events.event_no::text, 9, '0') || events.to_value) filter (where events.event_type = 'group_changed'), 10
        ) as last_group_id,
        count(*) filter (where events.event_type = 'reopened')::int as n_reopens,
        count(*) filter (where events.event_type = 'group_changed' and events.from_value is not null)::int as n_group_changes,
        count(*) filter (where events.event_type = 'public_reply')::int as n_public_replies
    from touched
    inner join events on touched.request_key = events.request_key
    cross join response_kinds
    group by touched.request_no

)

select * from final
