-- Grain: one SLA clock the vendor runs on an incident.
select
    _source as source_name,
    task as record_id,
    sys_id as clock_id,
    sla as definition_id,
    stage,
    has_breached,
    start_time as starts_at,
    end_time as ends_at,
    planned_end_time as due_at,
    _load_id
from {{ source('raw_servicenow', 'task_sla') }}
where _is_current and not _is_deleted
