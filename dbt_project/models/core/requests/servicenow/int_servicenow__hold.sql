{{ config(unlogged=true) }}

-- Grain: one stretch of a hold of a touched incident with one reason. A hold waits for the requester only where it is known to:
-- time nobody can vouch for stays the unit's. A hold whose reason changes from or to the requester is two stretches.
with states as (

    select * from {{ ref('int_servicenow__state') }}
    where to_state = 3

),

incidents as (

    select * from {{ ref('int_servicenow__request') }}

),

audit as (

    select * from {{ ref('stg_servicenow__audit') }}
    where field_name = 'hold_reason'

),

versions as (

    select * from {{ ref('stg_servicenow__incident_version') }}
    where state = 3 and hold_reason is not null

),

-- Said in the audit beside the hold or while it lasted, or by a version seen while it lasted.
said as (

    select
        incidents.request_no,
        audit.occurred_at as known_at,
        audit.to_value as hold_reason,
        1 as evidence_rank
    from incidents
    inner join audit on incidents.record_id = audit.record_id and incidents.source_name = audit.source_name

    union all

    select
        incidents.request_no,
        versions.updated_at,
        versions.hold_reason,
        2
    from incidents
    inner join versions on incidents.record_id = versions.record_id and incidents.source_name = versions.source_name

),

reasons as (

    select
        states.request_no,
        states.occurred_at as held_at,
        greatest(said.known_at, states.occurred_at) as known_at,
        said.hold_reason,
        said.evidence_rank,
        min(said.evidence_rank) over (partition by states.request_no, states.occurred_at) as best_rank
    from states
    inner join said
        on
            states.request_no = said.request_no
            and said.known_at >= states.occurred_at - said.evidence_rank % 2 * interval '5 seconds'
            and said.known_at < coalesce(states.ends_at, 'infinity')
            -- A reason taken away as the hold begins was that of the hold before.
            and (said.hold_reason is not null or said.known_at > states.occurred_at)

),

-- The first reason said holds from the beginning, each other one from when it was said; where none was said, the record's own
-- tells of a hold that still lasts.
stretches as (

    select
        states.*,
        {{ servicenow_status('3', 'coalesce(
            reasons.hold_reason, case when reasons.held_at is null and states.ends_at is null then incidents.hold_reason end
        )') }} as status,
        case
            when
                row_number() over (
                    partition by states.request_no, states.occurred_at order by reasons.known_at, reasons.hold_reason
                ) = 1
                then states.occurred_at
            else reasons.known_at
        end as starts_at
    from states
    inner join incidents on states.request_no = incidents.request_no
    left join reasons
        on
            states.request_no = reasons.request_no
            and states.occurred_at = reasons.held_at
            and reasons.evidence_rank = reasons.best_rank

),

chained as (

    select
        *,
        lag(status) over (partition by request_no, occurred_at order by starts_at, status) as status_before
    from stretches

),

final as (

    select
        request_no,
        version_no,
        case when status_before is null then from_state else 3 end as from_state,
        coalesce(status_before, {{ servicenow_status('from_state') }}) as from_status,
        status,
        origin,
        starts_at
    from chained
    where status is distinct from status_before

)

select * from final
