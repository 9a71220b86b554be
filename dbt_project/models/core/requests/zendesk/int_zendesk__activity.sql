{{ config(materialized='view') }}

-- Grain: one thing that was done on a touched ticket, other than moving it on: comments, hand-overs, priorities, a merge.
-- The comment a ticket was created with is the request itself, whoever wrote it down. A later public comment is a reply when an
-- agent or admin (then) other than the requester wrote it; end users' are the requester's side; the system's own, and a rule's
-- in somebody's name, are automatic. An author the help desk does not tell of is taken for staff: whoever may not be seen by
-- the account is not an end user.
with tickets as not materialized (

    select * from {{ ref('int_zendesk__request') }}

),

changes as not materialized (

    select * from {{ ref('stg_zendesk__ticket_change') }}

),

comments as not materialized (

    select * from {{ ref('stg_zendesk__comment') }}

),

roles as (

    select * from {{ ref('int_zendesk__user_role') }}

),

state_changes as (

    select * from {{ ref('int_zendesk__state_change') }}

),

versions as (

    select * from {{ ref('stg_zendesk__ticket_version') }}

),

told as materialized (

    select
        tickets.request_no,
        changes.field_name,
        changes.from_value,
        changes.to_value,
        'audit' as origin,
        changes.audit_id as version_no,
        greatest(changes.occurred_at, tickets.created_at) as occurred_at
    from tickets
    inner join changes on tickets.ticket_id = changes.ticket_id and tickets.source_name = changes.source_name
    where
        changes.field_name in ('group_id', 'assignee_id', 'priority')
        and changes.from_value is distinct from changes.to_value
        and not (changes.is_creation and changes.field_name = 'priority')

),

seen as (

    select
        tickets.request_no,
        versions.updated_at,
        versions.group_id::text as group_id,
        lag(versions.group_id::text) over version_order as group_id_before,
        versions.assignee_id::text as assignee_id,
        lag(versions.assignee_id::text) over version_order as assignee_id_before
    from tickets
    inner join versions on tickets.ticket_id = versions.ticket_id and tickets.source_name = versions.source_name
    where not exists (select 1 from told where told.request_no = tickets.request_no)
    window version_order as (partition by tickets.request_no order by versions.seen_from, versions._load_id)

),

read_off as (

    select
        seen.request_no,
        change.field_name,
        change.from_value,
        change.to_value,
        'history' as origin,
        0::bigint as version_no,
        seen.updated_at as occurred_at
    from seen
    cross join
        lateral (
            values
            ('group_id', seen.group_id_before, seen.group_id),
            ('assignee_id', seen.assignee_id_before, seen.assignee_id)
        ) as change (field_name, from_value, to_value)
    where change.to_value is not null and change.from_value is distinct from change.to_value

),

collected as (

    select * from told
    union all
    select * from read_off

),

replies as (

    select
        tickets.request_no,
        comments.author_key,
        comments.is_automatic,
        comments.author_key = tickets.requester_key as is_requester,
        roles.role = 'end-user' as is_end_user,
        comments.is_public,
        comments.audit_id as version_no,
        greatest(comments.occurred_at, tickets.created_at) as occurred_at
    from tickets
    inner join comments on tickets.ticket_id = comments.ticket_id and tickets.source_name = comments.source_name
    left join roles
        on
            comments.author_key = roles.user_key
            and comments.occurred_at >= roles.valid_from
            and comments.occurred_at < roles.valid_to
    where not exists (
            select 1 from changes
            where
                changes.ticket_id = comments.ticket_id
                and changes.source_name = comments.source_name
                and changes.audit_id = comments.audit_id
                and changes.is_creation
        )
        -- An account that does not tell what a ticket was created with tells at least that nothing was before it.
        and not (
            comments.occurred_at <= tickets.created_at
            and not exists (
                select 1 from changes
                where
                    changes.ticket_id = comments.ticket_id
                    and changes.source_name = comments.source_name
                    and changes.audit_id < comments.audit_id
            )
            and not exists (
                select 1 from comments as earlier
                where
                    earlier.ticket_id = comments.ticket_id
                    and earlier.source_name = comments.source_name
                    and earlier.audit_id < comments.audit_id
            )
        )

),

final as (

    select
        request_no,
        case field_name
            when 'group_id' then 'group_changed'
            when 'assignee_id' then 'assigned'
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
        request_no,
        case
            when not is_public then 'internal_note'
            when is_automatic then 'automatic_reply'
            when is_requester or is_end_user then 'requester_reply'
            else 'public_reply'
        end,
        case
            when is_automatic then 'machine'
            when is_requester or is_end_user then 'requester'
            else 'staff'
        end,
        author_key,
        null,
        null,
        'comment',
        version_no,
        occurred_at
    from replies

    union all

    select
        tickets.request_no,
        'merged',
        'staff',
        null,
        null,
        null,
        'record',
        null,
        max(state_changes.occurred_at)
    from tickets
    inner join state_changes on tickets.request_no = state_changes.request_no and state_changes.to_status = 'closed'
    where tickets.is_merged
    group by 1

)

select * from final
