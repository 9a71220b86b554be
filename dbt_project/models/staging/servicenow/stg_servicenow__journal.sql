-- Grain: one comment (shown to the requester) or work note (internal). That it was written, never what it says.
select
    _source || ':' || sys_id as audit_key,
    _source || ':' || documentkey as request_key,
    _source as source_name,
    documentkey as record_id,
    "user" as actor,
    user_hash as actor_hash,
    fieldname = 'comments' as is_public,
    record_checkpoint as version_no,
    sys_created_on as occurred_at,
    _load_id
from {{ source('raw_servicenow', 'sys_audit_journal') }}
where _is_current and not _is_deleted and tablename = 'incident'
