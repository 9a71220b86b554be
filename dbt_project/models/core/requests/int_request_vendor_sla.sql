{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    on_schema_change='sync_all_columns',
    indexes=[{'columns': ['request_key']}]
) }}

-- Grain: one clock that a help desk itself runs on a request against a target of its own, as kept.
-- ServiceNow: one row a task_sla, its verdict as told. Zendesk: one row a metric and cycle that an SLA policy applies to; a
-- breach may lie ahead, so the verdict of a cycle that goes on depends on the moment (request_vendor_sla).
with touched as not materialized (

    select * from {{ ref('int_touched_request') }}

),

task_slas as (

    select * from {{ ref('stg_servicenow__task_sla') }}

),

metric_events as (

    select * from {{ ref('stg_zendesk__metric_event') }}

),

cycles as (

    select
        touched.request_key,
        touched.source_name,
        metric_events.metric,
        metric_events.instance_no,
        (
            array_agg(metric_events.policy_id order by metric_events.occurred_at desc, metric_events.metric_event_id desc)
            filter (where metric_events.event_type in ('apply_sla', 'apply_group_sla'))
        )[1
        ]::text as policy_id,
        (
            array_agg(metric_events.target_seconds order by metric_events.occurred_at desc, metric_events.metric_event_id desc)
            filter (where metric_events.event_type in ('apply_sla', 'apply_group_sla'))
        )[1
        ]::numeric as target_seconds,
        bool_or(metric_events.is_business_hours) as is_business_hours,
        min(metric_events.occurred_at) filter (where metric_events.event_type = 'activate') as starts_at,
        max(metric_events.occurred_at) filter (where metric_events.event_type = 'breach') as breaches_at,
        max(metric_events.occurred_at) filter (where metric_events.event_type = 'fulfill') as ends_at
    from touched
    inner join metric_events on touched.ticket_id = metric_events.ticket_id and touched.source_name = metric_events.source_name
    group by 1, 2, 3, 4
    having bool_or(metric_events.event_type in ('apply_sla', 'apply_group_sla', 'breach'))

),

final as (

    select
        touched.request_key,
        touched.source_name,
        'sla' as metric,
        row_number() over (partition by touched.request_key order by task_slas.starts_at, task_slas.clock_id)::int as cycle_no,
        task_slas.definition_id as policy_id,
        task_slas.stage,
        {{ minutes('extract(epoch from task_slas.due_at - task_slas.starts_at)') }} as target_minutes,
        null::boolean as is_business_hours,
        task_slas.has_breached as is_breached_told,
        task_slas.starts_at,
        task_slas.due_at,
        task_slas.ends_at
    from touched
    inner join task_slas on touched.record_id = task_slas.record_id and touched.source_name = task_slas.source_name

    union all

    select
        request_key,
        source_name,
        metric,
        instance_no::int,
        policy_id,
        null,
        {{ minutes('target_seconds') }},
        is_business_hours,
        null::boolean,
        starts_at,
        breaches_at,
        ends_at
    from cycles

)

select * from final
