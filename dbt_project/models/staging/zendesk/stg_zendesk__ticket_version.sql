-- Grain: one version of a ticket as it was seen. What happened between two pulls is not in it; ticket events are.
select
    _source as source_name,
    id as ticket_id,
    status,
    {{ zendesk_priority('priority') }} as priority,
    group_id,
    assignee_id,
    created_at,
    coalesce(updated_at, created_at) as updated_at,
    _seen_from as seen_from,
    _load_id
from {{ source('raw_zendesk', 'tickets') }}
where not _is_deleted and created_at is not null
