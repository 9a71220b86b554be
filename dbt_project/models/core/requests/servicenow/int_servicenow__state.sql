{{ config(unlogged=true) }}

-- Grain: one state a touched incident entered. Audit events win; where an incident has none, states are read off the versions
-- we saw, with the vendor's own stamps for resolution and closing, and what happened between two pulls is lost.
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

    select
        *,
        (from_state is not null)::int as tells_from
    from audited

    union all

    select
        *,
        1
    from read_off

),

-- What a change came from is what the one before it led to, whatever it says itself; the same change told twice is none.
chained as (

    select
        request_no,
        occurred_at,
        version_no,
        tells_from,
        coalesce(lag(to_state) over change_order, from_state, 1) as from_state,
        to_state,
        origin
    from told
    window change_order as (partition by request_no order by occurred_at, version_no, tells_from, to_state)

),

final as (

    select
        request_no,
        from_state,
        to_state,
        version_no,
        origin,
        occurred_at,
        lead(occurred_at) over (partition by request_no order by occurred_at, version_no, tells_from, to_state) as ends_at
    from chained
    where from_state <> to_state

)

select * from final
