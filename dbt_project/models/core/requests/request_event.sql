{{ config(materialized='view') }}

-- Grain: one event of one request, in one vocabulary: created, work_started, public_reply, requester_reply, automatic_reply,
-- internal_note, assigned, group_changed, paused (waits for the requester), held (waits for somebody else), resumed, solved,
-- reopened, closed, withdrawn, merged, priority_changed. A reply is public_reply when somebody other than the requester (and
-- not a machine) wrote it where the requester can read it. A group_changed without a from_value is the first placing of a
-- request, not a hand-over.
with events as (

    select * from {{ ref('int_request_event') }}

),

groups as (

    select * from {{ ref('int_group_unit') }}

),

people as (

    select * from {{ ref('int_requester') }}

),

final as (

    select
        events.request_key,
        events.event_no,
        events.source_name,
        events.event_type,
        events.actor_role,
        events.from_value,
        events.to_value,
        left_groups.unit_id as from_unit_id,
        entered_groups.unit_id as to_unit_id,
        people.staff_id as to_staff_id,
        events.origin,
        events.occurred_at
    from events
    left join groups as left_groups
        on events.event_type = 'group_changed' and events.source_name || ':' || events.from_value = left_groups.group_key
    left join groups as entered_groups
        on events.event_type = 'group_changed' and events.source_name || ':' || events.to_value = entered_groups.group_key
    left join people on events.event_type = 'assigned' and events.source_name || ':' || events.to_value = people.user_key

)

select * from final
