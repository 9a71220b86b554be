-- What both help desks tell in this batch, as landing would leave it: superseded versions closed, the new ones and all events added.
insert into bench.load select * from bench.book_loads();

update raw_servicenow.incident
set _is_current = false, _seen_to = standing.told_until
from bench.standing
where
    not standing.is_zendesk and standing.told_batch > 0
    and incident.sys_id = 'i' || standing.i and incident._is_current and incident._source = 'helpdesk';

insert into raw_servicenow.incident (
    sys_id, number, state, priority, category, contact_type, caller_id, opened_at, resolved_at, closed_at, sys_created_on, sys_updated_on,
    sys_mod_count, assignment_group, assigned_to, location, hold_reason,
    _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    'i' || i, 'INC' || i, state, priority, category, 'web',
    case when requester_no is not null then 'user' || school_no || '-' || requester_no end,
    created_at,
    case when state in (6, 7) then coalesce(solved_again_at, solved_first_at) end,
    case when state = 7 then closed_at end,
    created_at, updated_at, 1 + told_batch,
    case when is_handed_over then 'field' else 'desk' end || unit_no,
    'agent' || (i % 60),
    case when has_place then 'place' || school_no end,
    case when state = 3 then case when is_waiting_for_requester then '1' else '3' end end,
    'helpdesk', told_until, true, false, gen_random_uuid(),
    (select max(load_id) from bench.load where stream = 'incident')
from bench.standing
where not is_zendesk;

insert into raw_servicenow.sys_audit (
    sys_id, tablename, documentkey, fieldname, oldvalue, newvalue, "user", record_checkpoint, sys_created_on,
    _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    'a' || event.i || '-' || event.event_no || change.suffix, 'incident', 'i' || event.i, change.field, change.from_value, change.to_value,
    'agent' || (event.i % 60), event.event_no, event.occurred_at,
    'helpdesk', setting.told_until, true, false, gen_random_uuid(),
    (select max(load_id) from bench.load where stream = 'sys_audit')
from bench.setting
cross join bench.event
cross join lateral (
    values
    ('s', 'state', event.from_state::text, event.to_state::text),
    ('h', 'hold_reason', null, case event.kind when 'waiting' then '1' when 'held' then '3' end),
    (
        'g', 'assignment_group',
        case when event.kind = 'handed_over' then 'desk' || event.unit_no end,
        case when event.kind = 'handed_over' then 'field' || event.unit_no end
    )
) as change (suffix, field, from_value, to_value)
where not event.is_zendesk and change.to_value is not null;

insert into raw_servicenow.sys_audit_journal (
    sys_id, tablename, documentkey, fieldname, "user", sys_created_on,
    _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    'c' || event.i || '-' || event.event_no, 'incident', 'i' || event.i,
    case when event.kind = 'held' then 'work_notes' else 'comments' end,
    case when event.kind = 'resumed' then 'S' || event.school_no || '-' || event.requester_no else 'agent' || (event.i % 60) end,
    event.occurred_at,
    'helpdesk', setting.told_until, true, false, gen_random_uuid(),
    (select max(load_id) from bench.load where stream = 'sys_audit_journal')
from bench.setting
cross join bench.event
where not event.is_zendesk and event.kind in ('answered', 'held', 'resumed');

update raw_zendesk.tickets
set _is_current = false, _seen_to = standing.told_until
from bench.standing
where
    standing.is_zendesk and standing.told_batch > 0
    and tickets.id = standing.i and tickets._is_current and tickets._source = 'facilities_desk';

insert into raw_zendesk.tickets (
    id, created_at, updated_at, generated_timestamp, priority, status, requester_id, assignee_id, organization_id, group_id, is_public,
    via_channel, category,
    _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    i, created_at, updated_at, extract(epoch from updated_at)::bigint,
    (array['urgent', 'high', 'normal', 'low'])[priority],
    case state
        when 1 then 'new' when 2 then 'open' when 3 then case when is_waiting_for_requester then 'pending' else 'hold' end
        when 6 then 'solved' when 7 then 'closed' when 8 then 'deleted'
    end,
    case when requester_no is not null then school_no * 100 + requester_no end,
    1 + i % 60,
    case when has_place then 5000 + school_no end,
    unit_no * 10 + is_handed_over::int,
    true, 'web', category,
    'facilities_desk', told_until, true, false, gen_random_uuid(),
    (select max(load_id) from bench.load where stream = 'tickets')
from bench.standing
where is_zendesk;

insert into raw_zendesk.ticket_events (
    child_id, field_name, ticket_id, audit_id, occurred_at, updater_id, via_channel, event_type, value, previous_value, is_public, author_id,
    _source, _seen_from, _is_current, _is_deleted, _fingerprint, _load_id
)
select
    (event.i * 16 + event.event_no) * 4 + change.no, change.field, event.i, event.i * 16 + event.event_no, event.occurred_at,
    case when change.is_requester then event.school_no * 100 + event.requester_no else 1 + event.i % 60 end, 'web',
    case when change.field = '' then 'Comment' when event.kind = 'created' then 'Create' else 'Change' end,
    change.value, change.previous_value,
    case when change.field = '' then event.kind <> 'held' end,
    case when change.field = '' then case when change.is_requester then event.school_no * 100 + event.requester_no else 1 + event.i % 60 end end,
    'facilities_desk', setting.told_until, true, false, gen_random_uuid(),
    (select max(load_id) from bench.load where stream = 'ticket_events')
from bench.setting
cross join bench.event
cross join lateral (
    values
    (
        0, 'status', event.kind in ('created', 'resumed'),
        case event.kind
            when 'created' then 'new' when 'started' then 'open' when 'waiting' then 'pending' when 'held' then 'hold' when 'resumed' then 'open'
            when 'solved' then 'solved' when 'reopened' then 'open' when 'closed' then 'closed' when 'withdrawn' then 'deleted'
        end,
        case
            when event.kind = 'started' then 'new'
            when event.kind in ('waiting', 'held') then 'open'
            when event.kind = 'resumed' then case event.event_no when 5 then 'pending' else 'hold' end
            when event.kind = 'solved' then case event.from_state when 1 then 'new' else 'open' end
            when event.kind in ('reopened', 'closed') then 'solved'
            when event.kind = 'withdrawn' then 'new'
        end
    ),
    (1, 'group_id', true, case event.kind when 'created' then event.unit_no * 10 when 'handed_over' then event.unit_no * 10 + 1 end::text, case event.kind when 'handed_over' then event.unit_no * 10 end::text),
    (2, 'priority', true, case event.kind when 'created' then (array['urgent', 'high', 'normal', 'low'])[event.priority] end, null),
    (3, '', event.kind in ('created', 'resumed'), case when event.kind in ('created', 'answered', 'held', 'resumed') then '' end, null)
) as change (no, field, is_requester, value, previous_value)
where event.is_zendesk and change.value is not null;
