-- Grain: one change of one coded field of a ticket, its first value at creation included.
select
    _source as source_name,
    ticket_id,
    audit_id,
    child_id,
    field_name,
    event_type = 'Create' as is_creation,
    nullif(previous_value, '') as from_value,
    nullif(value, '') as to_value,
    occurred_at,
    _load_id
from {{ source('raw_zendesk', 'ticket_events') }}
where _is_current and not _is_deleted and event_type in ('Create', 'Change')
