{{ config(indexes=[{'columns': ['request_key', 'event_type']}]) }}

-- Grain: one event of one request, in one vocabulary: created, work_started, public_reply, requester_reply, automatic_reply,
-- internal_note, assigned, group_changed, paused, resumed, solved, reopened, closed, withdrawn.
-- A reply is public_reply when somebody other than the requester (and not a machine) wrote it where the requester can read it.
with incidents as (

    select * from {{ ref('stg_servicenow__incident') }}

),

state_changes as (

    select * from {{ ref('int_servicenow__state_change') }}

),

audit as (

    select * from {{ ref('stg_servicenow__audit') }}
    where field_name in ('assignment_group', 'assigned_to')

),

journal as (

    select * from {{ ref('stg_servicenow__journal') }}

),

users as (

    select * from {{ ref('stg_servicenow__user') }}

),

versions as (

    select * from {{ ref('stg_servicenow__incident_version') }}

),

created as (

    select
        request_key,
        'created' as event_type,
        created_at as occurred_at,
        null as from_value,
        null as to_value,
        'requester' as actor_role,
        'record' as origin
    from incidents

),

state_events as (

    select
        change.request_key,
        named.event_type,
        change.occurred_at,
        change.from_state::text as from_value,
        change.to_state::text as to_value,
        'staff' as actor_role,
        change.origin
    from state_changes as change
    cross join
        lateral (
            values
            (case when change.from_state = 1 and change.to_state in (2, 3) then 'work_started' end),
            (case when change.to_state = 3 and change.is_requester_wait then 'paused' end),
            (case when change.from_state = 3 and change.to_state not in (3, 8) then 'resumed' end),
            (case when coalesce(change.from_state, 1) not in (6, 7) and change.to_state in (6, 7) then 'solved' end),
            (case when change.from_state in (6, 7, 8) and change.to_state not in (6, 7, 8) then 'reopened' end),
            (case when change.to_state = 7 then 'closed' end),
            (case when change.to_state = 8 then 'withdrawn' end)
        ) as named (event_type)
    where named.event_type is not null

),

hand_overs as (

    select
        request_key,
        case when field_name = 'assignment_group' then 'group_changed' else 'assigned' end as event_type,
        occurred_at,
        from_value,
        to_value,
        'staff' as actor_role,
        'audit' as origin
    from audit
    where from_value is distinct from to_value

),

versions_compared as (

    select
        request_key,
        updated_at,
        group_key,
        lag(group_key) over version_order as group_key_before,
        assignee_id,
        lag(assignee_id) over version_order as assignee_id_before
    from versions
    where not exists (select 1 from audit where audit.request_key = versions.request_key)
    window version_order as (partition by request_key order by seen_from, version_no, _load_id)

),

hand_overs_read_off as (

    select
        seen.request_key,
        change.event_type,
        seen.updated_at,
        change.from_value,
        change.to_value,
        'staff',
        'history'
    from versions_compared as seen
    cross join
        lateral (
            values
            ('group_changed', split_part(seen.group_key_before, ':', 2), split_part(seen.group_key, ':', 2)),
            ('assigned', seen.assignee_id_before, seen.assignee_id)
        ) as change (event_type, from_value, to_value)
    where change.to_value is not null and change.from_value is distinct from change.to_value

),

entries as (

    select
        journal.request_key,
        case
            when not journal.is_public then 'internal_note'
            when journal.actor in (incidents.requester_id, users.staff_id) then 'requester_reply'
            when journal.actor in ({{ var('automated_actors') }}) then 'automatic_reply'
            else 'public_reply'
        end as event_type,
        journal.occurred_at
    from journal
    inner join incidents on journal.request_key = incidents.request_key
    left join users on incidents.requester_key = users.user_key

),

collected as (

    select * from created
    union all
    select * from state_events
    union all
    select * from hand_overs
    union all
    select * from hand_overs_read_off
    union all
    select
        request_key,
        event_type,
        occurred_at,
        null,
        null,
        case event_type
            when 'requester_reply' then 'requester'
            when 'automatic_reply' then 'machine'
            else 'staff'
        end,
        'journal'
    from entries

),

final as (

    select
        collected.request_key,
        row_number() over (partition by collected.request_key order by collected.occurred_at, collected.event_type) as event_no,
        incidents.source_name,
        collected.event_type,
        collected.actor_role,
        collected.from_value,
        collected.to_value,
        null::text as from_unit_id,
        null::text as to_unit_id,
        null::text as to_staff_id,
        collected.origin,
        collected.occurred_at
    from collected
    inner join incidents on collected.request_key = incidents.request_key

)

select * from final
