-- Grain: one version of an incident as it was seen. What happened between two pulls is not in it; audit events are.
select
    _source || ':' || sys_id as request_key,
    _source as source_name,
    sys_id as record_id,
    sys_mod_count as version_no,

    _source || ':' || assignment_group as group_key,
    assigned_to as assignee_id,
    caller_id as requester_id,
    state,
    priority::int as priority,
    hold_reason,

    coalesce(opened_at, sys_created_on) as created_at,
    resolved_at,
    closed_at,
    sys_updated_on as updated_at,
    _seen_from as seen_from,

    _load_id
from {{ source('raw_servicenow', 'incident') }}
where not _is_deleted
