{{ config(materialized='view') }}

-- Grain: one thing that was done on a touched incident, other than moving it on: comments, hand-overs, priorities.
-- A comment is the requester's own when its actor is the caller, by log-in name (both hashed), by the record's id or, where a
-- desk uses them as log-in names, by the employee number; a machine's when its actor is one of the project's automated_actors.
with incidents as not materialized (

    select * from {{ ref('int_servicenow__request') }}

),

audit as not materialized (

    select * from {{ ref('stg_servicenow__audit') }}

),

journal as (

    select * from {{ ref('stg_servicenow__journal') }}

),

requesters as (

    select * from {{ ref('int_requester') }}

),

versions as (

    select * from {{ ref('stg_servicenow__incident_version') }}

),

changes as materialized (

    select
        incidents.request_no,
        audit.field_name,
        audit.from_value,
        audit.to_value,
        'audit' as origin,
        audit.version_no,
        audit.occurred_at
    from incidents
    inner join audit on incidents.record_id = audit.record_id and incidents.source_name = audit.source_name
    where
        audit.field_name in ('assignment_group', 'assigned_to', 'priority')
        and audit.from_value is distinct from audit.to_value
        and (audit.field_name <> 'priority' or audit.from_value is not null)

),

seen as (

    select
        incidents.request_no,
        versions.version_no,
        versions.updated_at,
        split_part(versions.group_key, ':', 2) as group_id,
        lag(split_part(versions.group_key, ':', 2)) over version_order as group_id_before,
        versions.assignee_id,
        lag(versions.assignee_id) over version_order as assignee_id_before,
        versions.priority,
        coalesce(lag(versions.priority) over version_order, versions.priority) as priority_before
    from incidents
    inner join versions on incidents.record_id = versions.record_id and incidents.source_name = versions.source_name
    where not exists (select 1 from changes where changes.request_no = incidents.request_no)
    window version_order as (
        partition by incidents.request_no order by versions.seen_from, versions.version_no, versions._load_id
    )

),

read_off as (

    select
        seen.request_no,
        change.field_name,
        change.from_value,
        change.to_value,
        'history' as origin,
        seen.version_no,
        seen.updated_at as occurred_at
    from seen
    cross join
        lateral (
            values
            ('assignment_group', seen.group_id_before, seen.group_id),
            ('assigned_to', seen.assignee_id_before, seen.assignee_id),
            ('priority', seen.priority_before::text, seen.priority::text)
        ) as change (field_name, from_value, to_value)
    where change.to_value is not null and change.from_value is distinct from change.to_value

),

collected as (

    select * from changes
    union all
    select * from read_off

),

final as (

    select
        request_no,
        case field_name
            when 'assignment_group' then 'group_changed'
            when 'assigned_to' then 'assigned'
            else 'priority_changed'
        end as event_type,
        'staff' as actor_role,
        null as author_key,
        from_value,
        to_value,
        origin,
        version_no,
        occurred_at
    from collected

    union all

    select
        incidents.request_no,
        case
            when not journal.is_public then 'internal_note'
            when
                journal.actor_hash = requesters.user_name_hash or journal.actor in (incidents.requester_id, requesters.staff_id)
                then 'requester_reply'
            when journal.actor in ({{ var('automated_actors') }}) then 'automatic_reply'
            else 'public_reply'
        end,
        case
            when
                journal.actor_hash = requesters.user_name_hash or journal.actor in (incidents.requester_id, requesters.staff_id)
                then 'requester'
            when journal.actor in ({{ var('automated_actors') }}) then 'machine'
            else 'staff'
        end,
        null,
        null,
        null,
        'journal',
        journal.version_no,
        journal.occurred_at
    from incidents
    inner join journal on incidents.record_id = journal.record_id and incidents.source_name = journal.source_name
    left join requesters on incidents.requester_key = requesters.user_key

)

select * from final
