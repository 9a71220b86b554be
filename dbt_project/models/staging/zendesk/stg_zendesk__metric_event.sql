-- Grain: one step of one of the vendor's own clocks on a ticket. A breach may lie ahead, and one taken back is left out.
select
    _source as source_name,
    ticket_id,
    id as metric_event_id,
    metric,
    coalesce(instance_id, 0) as instance_no,
    type as event_type,
    sla_policy_id as policy_id,
    sla_target_seconds as target_seconds,
    sla_is_business_hours as is_business_hours,
    occurred_at,
    _load_id
from {{ source('raw_zendesk', 'ticket_metric_events') }}
where _is_current and not _is_deleted and not coalesce(is_deleted, false)
