-- Grain: one comment on a ticket: that it was written, never what it says. What a trigger or automation wrote is a machine's, in
-- whosoever's name (8 is the vendor's number of the way "rule").
select
    _source as source_name,
    ticket_id,
    audit_id,
    child_id,
    coalesce(author_id, updater_id) as author_id,
    _source || ':' || coalesce(author_id, updater_id) as author_key,
    coalesce(is_public, false) as is_public,
    coalesce(coalesce(author_id, updater_id) = -1 or lower(via_channel) in ('rule', '8'), false) as is_automatic,
    occurred_at,
    _load_id
from {{ source('raw_zendesk', 'ticket_events') }}
where _is_current and not _is_deleted and event_type in ('Comment', 'VoiceComment')
