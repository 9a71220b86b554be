{{ config(indexes=[{'columns': ['request_key']}]) }}

-- Grain: one change of an incident's state. Audit events win; where an incident has none, changes are read off the versions we
-- saw, with the vendor's own stamps for resolution and closing, and what happened between two pulls is lost.
-- `is_requester_wait` is true only where a hold is known to await the caller: time nobody can vouch for stays the unit's.
with incidents as (

    select * from {{ ref('stg_servicenow__incident') }}

),

audit as (

    select * from {{ ref('stg_servicenow__audit') }}
    where field_name in ('state', 'incident_state', 'hold_reason')

),

versions as (

    select * from {{ ref('stg_servicenow__incident_version') }}

),

-- The same change stands under both names where an instance audits both fields.
audited as (

    select distinct on (audit.request_key, audit.occurred_at, audit.from_value, audit.to_value)
        audit.request_key,
        audit.occurred_at,
        audit.version_no,
        case when audit.from_value ~ '^-?[0-9]+$' then audit.from_value::int end as from_state,
        audit.to_value::int as to_state,
        'audit' as origin
    from audit
    inner join incidents on audit.request_key = incidents.request_key
    where audit.field_name in ('state', 'incident_state') and audit.to_value ~ '^-?[0-9]+$'
    order by audit.request_key, audit.occurred_at, audit.from_value, audit.to_value, audit.field_name desc, audit.audit_key

),

unaudited as (

    select
        versions.*,
        coalesce(
            lag(versions.state) over (
                partition by versions.request_key order by versions.seen_from, versions.version_no, versions._load_id
            ),
            1
        ) as from_state
    from versions
    inner join incidents on versions.request_key = incidents.request_key
    where not exists (select 1 from audited where audited.request_key = versions.request_key)

),

-- Closed in one step of ours is resolved and closed in two of the vendor's.
read_off as (

    select
        unaudited.request_key,
        greatest(step.occurred_at, unaudited.created_at) as occurred_at,
        unaudited.version_no,
        step.from_state,
        step.to_state,
        'history' as origin
    from unaudited
    cross join lateral (
        select
            unaudited.from_state,
            6 as to_state,
            coalesce(unaudited.resolved_at, unaudited.closed_at, unaudited.updated_at) as occurred_at
        where unaudited.state in (6, 7) and unaudited.from_state not in (6, 7)
        union all
        select
            6,
            7,
            coalesce(unaudited.closed_at, unaudited.updated_at)
        where unaudited.state = 7 and unaudited.from_state <> 7
        union all
        select
            unaudited.from_state,
            unaudited.state,
            unaudited.updated_at
        where unaudited.state not in (6, 7) and unaudited.state <> unaudited.from_state
    ) as step

),

changes as (

    select * from audited
    union all
    select * from read_off

),

spans as (

    select
        *,
        row_number() over change_order as change_no,
        lead(occurred_at) over change_order as ends_at
    from changes
    window change_order as (
        partition by request_key order by occurred_at, version_no, (from_state is not null)::int, to_state
    )

),

-- Why a hold was put on: said in the audit beside it, or by a version seen while it lasted, or by the record as it now stands.
reasons as (

    select
        request_key,
        to_value as hold_reason,
        occurred_at + interval '5 seconds' as known_at,
        1 as evidence_rank
    from audit
    where field_name = 'hold_reason' and to_value is not null

    union all

    select
        request_key,
        hold_reason,
        updated_at,
        2
    from versions
    where state = 3 and hold_reason is not null

),

last_holds as (

    select
        request_key,
        max(change_no) as change_no
    from spans
    where to_state = 3
    group by 1

),

holds as (

    select distinct on (spans.request_key, spans.change_no)
        spans.request_key,
        spans.change_no,
        coalesce(reasons.hold_reason, incidents.hold_reason) as hold_reason
    from spans
    left join reasons
        on
            spans.request_key = reasons.request_key
            and reasons.known_at >= spans.occurred_at
            and reasons.known_at < coalesce(spans.ends_at, 'infinity')
    left join last_holds on spans.request_key = last_holds.request_key and spans.change_no = last_holds.change_no
    left join incidents on last_holds.request_key = incidents.request_key
    where spans.to_state = 3
    order by spans.request_key, spans.change_no, reasons.evidence_rank, reasons.known_at

),

final as (

    select
        spans.request_key,
        spans.change_no,
        spans.occurred_at,
        spans.ends_at,
        spans.from_state,
        spans.to_state,
        coalesce(holds.hold_reason = '1', false) as is_requester_wait,
        spans.origin
    from spans
    left join holds on spans.request_key = holds.request_key and spans.change_no = holds.change_no

)

select * from final
