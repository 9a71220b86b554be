{{ config(unlogged=true) }}

-- Grain: one change of where a touched ticket stands. Ticket events win; where a ticket has none, changes are read off the
-- versions we saw, and what happened between two pulls is lost. A ticket that was created in another status than new came from
-- new.
with tickets as not materialized (

    select * from {{ ref('int_zendesk__request') }}

),

changes as not materialized (

    select * from {{ ref('stg_zendesk__ticket_change') }}
    where field_name = 'status'

),

versions as (

    select * from {{ ref('stg_zendesk__ticket_version') }}

),

told as materialized (

    select
        tickets.request_no,
        greatest(changes.occurred_at, tickets.created_at) as occurred_at,
        changes.audit_id as version_no,
        changes.child_id as step_no,
        changes.is_creation,
        changes.from_value,
        changes.to_value,
        'audit' as origin
    from tickets
    inner join changes on tickets.ticket_id = changes.ticket_id and tickets.source_name = changes.source_name
    where changes.to_value is not null

),

read_off as (

    select
        tickets.request_no,
        greatest(versions.updated_at, versions.created_at) as occurred_at,
        0::bigint as version_no,
        row_number() over (partition by tickets.request_no order by versions.seen_from, versions._load_id) as step_no,
        false as is_creation,
        null as from_value,
        versions.status as to_value,
        'history' as origin
    from tickets
    inner join versions on tickets.ticket_id = versions.ticket_id and tickets.source_name = versions.source_name
    where not exists (select 1 from told where told.request_no = tickets.request_no)

),

collected as (

    select * from told
    union all
    select * from read_off

),

-- What a change came from is what the one before it led to; events that never reached us are not made up.
chained as (

    select
        *,
        coalesce(
            lag(to_value) over (partition by request_no order by occurred_at, version_no, step_no),
            case when not is_creation then from_value end,
            'new'
        ) as status_before
    from collected

),

final as (

    select
        request_no,
        occurred_at,
        version_no,
        {{ zendesk_status('status_before') }} as from_status,
        {{ zendesk_status('to_value') }} as to_status,
        status_before as from_value,
        to_value,
        is_creation,
        origin
    from chained
    where to_value <> status_before

)

select * from final
