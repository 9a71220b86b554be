select
    _source || ':' || sys_id as audit_key,
    _source || ':' || documentkey as request_key,
    _source as source_name,
    documentkey as record_id,
    "user" as actor,
    user_hash as actor_hash,
    fieldname as field_name,
    nullif(oldvalue, '') as from_value,
    nullif(newvalue, '') as to_value,
    record_checkpoint as version_no,
    sys_created_on as occurred_at,
    _load_id
from {{ source('raw_servicenow', 'sys_audit') }}
where _is_current and not _is_deleted and tablename = 'incident'
