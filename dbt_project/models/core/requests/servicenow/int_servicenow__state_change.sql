{{ config(unlogged=true, post_hook='analyze {{ this }}') }}

-- Grain: one change of where a touched incident stands. Audit events win; where an incident has none, changes are read off the
-- versions we saw, with the vendor's own stamps for resolution and closing, and what happened between two pulls is lost.
-- A hold waits for the requester only where it is known to: time nobody can vouch for stays the unit's. A hold whose reason changes
-- is two.
with incidents as not materialized (

    select * from {{ ref('int_servicenow__request') }}

),

audit as not materialized (

    select * from {{ ref('stg_servicenow__audit') }}

),

versions as not materialized (

    select * from {{ ref('stg_servicenow__incident_version') }}

),

audited as materialized (

    select
        incidents.request_no,
        audit.occurred_at,
        audit.version_no,
        case when audit.from_value ~ '^-?[0-9]+$' then audit.from_value::int end as from_state,
        audit.to_value::int as to_state,
        'audit' as origin
    from incidents
    inner join audit on incidents.record_id = audit.record_id and incidents.source_name = audit.source_name
    where audit.field_name in ('state', 'incident_state') and audit.to_value ~ '^-?[0-9]+$'

),

unaudited as (

    select
        incidents.request_no,
        versions.*,
        coalesce(
            lag(versions.state) over (
                partition by incidents.request_no order by versions.seen_from, versions.version_no, versions._load_id
            ),
            1
        ) as from_state
    from incidents
    inner join versions on incidents.record_id = versions.record_id and incidents.source_name = versions.source_name
    where not exists (select 1 from audited where audited.request_no = incidents.request_no)

),

-- Closed in one step of ours is resolved and closed in two of the vendor's.
read_off as (

    select
        unaudited.request_no,
        greatest(step.occurred_at, unaudited.created_at) as occurred_at,
        unaudited.version_no,
        step.from_state::int as from_state,
        step.to_state::int as to_state,
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

told as (

    select * from audited
    union all
    select * from read_off

),

-- What a change came from is what the one before it led to, whatever it says itself; the same change told twice is none.
chained as (

    select
        request_no,
        occurred_at,
        version_no,
        coalesce(
            lag(to_state) over (
                partition by request_no order by occurred_at, version_no, (from_state is not null)::int, to_state
            ),
            from_state,
            1
        ) as from_state,
        to_state,
        origin
    from told

),

changes as materialized (

    select
        *,
        lead(occurred_at) over (partition by request_no order by occurred_at, version_no, to_state) as ends_at
    from chained
    where from_state <> to_state

),

holds as (

    select
        changes.request_no,
        changes.occurred_at,
        coalesce(changes.ends_at, 'infinity'::timestamptz) as ends_at,
        changes.ends_at is null as is_last,
        incidents.record_id,
        incidents.source_name,
        incidents.hold_reason
    from changes
    inner join incidents on changes.request_no = incidents.request_no
    where changes.to_state = 3

),

-- Why a hold was put on: said in the audit beside it, or by a version seen while it lasted, or by the record as it now stands.
audited_reasons as materialized (

    select
        holds.request_no,
        holds.occurred_at as starts_at,
        greatest(audit.occurred_at, holds.occurred_at) as known_at,
        audit.to_value as hold_reason
    from holds
    inner join audit on holds.record_id = audit.record_id and holds.source_name = audit.source_name
    where
        audit.field_name = 'hold_reason'
        and audit.occurred_at >= holds.occurred_at - interval '5 seconds'
        and audit.occurred_at < holds.ends_at
        and (audit.to_value is not null or audit.occurred_at > holds.occurred_at)

),

seen_reasons as (

    select
        holds.request_no,
        holds.occurred_at as starts_at,
        holds.occurred_at as known_at,
        (array_agg(versions.hold_reason order by versions.updated_at))[1] as hold_reason
    from holds
    inner join versions on holds.record_id = versions.record_id and holds.source_name = versions.source_name
    where
        versions.state = 3 and versions.hold_reason is not null
        and versions.updated_at >= holds.occurred_at and versions.updated_at < holds.ends_at
        and not exists (
            select 1 from audited_reasons
            where audited_reasons.request_no = holds.request_no and audited_reasons.starts_at = holds.occurred_at
        )
    group by 1, 2

),

reasons as (

    select * from audited_reasons
    union all
    select * from seen_reasons

),

-- The first reason said holds from the beginning; each other one from when it was said.
stretches as (

    select
        holds.request_no,
        case
            when row_number() over hold_order > 1 then reasons.known_at
            else holds.occurred_at
        end as occurred_at,
        holds.occurred_at as starts_at,
        {{ servicenow_status('3', 'case when reasons.starts_at is not null then reasons.hold_reason when holds.is_last then holds.hold_reason end') }} as status
    from holds
    left join reasons on holds.request_no = reasons.request_no and holds.occurred_at = reasons.starts_at
    window hold_order as (partition by holds.request_no, holds.occurred_at order by reasons.known_at, reasons.hold_reason)

),

stretches_told_once as (

    select
        *,
        lag(status) over (partition by request_no, starts_at order by occurred_at) as status_before
    from stretches

),

final as (

    select
        request_no,
        occurred_at,
        version_no,
        {{ servicenow_status('from_state') }} as from_status,
        {{ servicenow_status('to_state') }} as to_status,
        from_state::text as from_value,
        to_state::text as to_value,
        false as is_creation,
        origin
    from changes
    where to_state <> 3

    union all

    select
        changes.request_no,
        stretches.occurred_at,
        changes.version_no,
        coalesce(stretches.status_before, {{ servicenow_status('changes.from_state') }}),
        stretches.status,
        case when stretches.status_before is null then changes.from_state else 3 end::text,
        '3',
        false,
        changes.origin
    from stretches_told_once as stretches
    inner join changes
        on
            stretches.request_no = changes.request_no
            and stretches.starts_at = changes.occurred_at
            and changes.to_state = 3
    where stretches.status is distinct from stretches.status_before

)

select * from final
