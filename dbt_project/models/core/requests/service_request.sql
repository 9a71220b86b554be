{{ config(indexes=[{'columns': ['request_key'], 'unique': true}, {'columns': ['school_key', 'unit_id']}]) }}

-- Grain: one request that the source still has. None is dropped for want of a school or a unit: both may be null, and then the
-- reason is told. The unit is the one that holds the request, or held it last.
with incidents as (

    select * from {{ ref('stg_servicenow__incident') }}

),

evidence as (

    select * from {{ ref('request_school_evidence') }}

),

events as (

    select * from {{ ref('request_event') }}

),

groups as (

    select * from {{ ref('stg_servicenow__group') }}

),

unit_groups as (

    select * from {{ source('config', 'unit_group') }}

),

users as (

    select * from {{ ref('stg_servicenow__user') }}

),

streams as (

    select * from {{ ref('dim_stream') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

source_clocks as (

    select
        source_name,
        max(source_at) as source_at
    from streams
    where stream_name in ('incident', 'sys_audit', 'sys_audit_journal')
    group by 1

),

strongest as (

    select distinct on (request_key)
        request_key,
        school_key,
        method,
        confidence
    from evidence
    order by request_key, evidence_rank, school_key

),

agreement as (

    select
        request_key,
        count(distinct school_key) > 1 as has_conflicting_evidence
    from evidence
    group by 1

),

last_groups as (

    select distinct on (request_key)
        request_key,
        source_name || ':' || to_value as group_key
    from events
    where event_type = 'group_changed' and to_value is not null
    order by request_key, occurred_at desc

),

joined as (

    select
        incidents.*,
        coalesce(incidents.group_key, last_groups.group_key) as owning_group_key,
        strongest.school_key,
        strongest.method,
        strongest.confidence,
        coalesce(agreement.has_conflicting_evidence, false) as has_conflicting_evidence,
        users.staff_id as requester_staff_id,
        users.user_key,
        source_clocks.source_at
    from incidents
    left join last_groups on incidents.request_key = last_groups.request_key
    left join strongest on incidents.request_key = strongest.request_key
    left join agreement on incidents.request_key = agreement.request_key
    left join users on incidents.requester_key = users.user_key
    left join source_clocks on incidents.source_name = source_clocks.source_name

),

final as (

    select
        joined.request_key,
        joined.source_name,
        joined.request_number,
        joined.school_key,
        unit_groups.unit_id,
        joined.owning_group_key as group_key,
        joined.requester_key,
        joined.requester_staff_id,
        null::text as requester_role,
        null::text as owner_staff_id,
        '{}'::text[] as follower_staff_ids,
        joined.parent_id,

        coalesce(joined.priority, 3) as priority,
        joined.category,
        joined.subcategory,
        coalesce(joined.category, 'uncategorised') as request_type,
        joined.channel,
        case joined.state
            when 1 then 'new'
            when 2 then 'working'
            when 3 then 'on_hold'
            when 6 then 'resolved'
            when 7 then 'closed'
            when 8 then 'withdrawn'
            else 'unknown'
        end as status,
        joined.state not in (6, 7, 8) as is_open,
        joined.state = 8 as is_withdrawn,
        false as is_raised_by_ild,
        coalesce(joined.priority, 3) = 1 as is_instruction_blocking,

        joined.method as attribution_method,
        joined.confidence as attribution_confidence,
        joined.has_conflicting_evidence,
        case
            when joined.school_key is not null then null
            when joined.location_key is null and joined.requester_key is null then 'no location and no requester'
            when joined.location_key is not null and joined.user_key is null then 'location is no known school, no requester'
            when joined.location_key is not null then 'location is no known school, requester has no one school'
            else 'no location, requester has no one school'
        end as unattributed_reason,
        case
            when unit_groups.unit_id is not null then null
            when joined.owning_group_key is null then 'no assignment group'
            when groups.group_key is null then 'assignment group unknown'
            else 'assignment group belongs to no unit'
        end as no_unit_reason,

        joined.created_at,
        {{ local_day('joined.created_at', 'as_of.timezone') }} as created_on,
        joined.resolved_at as resolved_at_told,
        joined.closed_at as closed_at_told,
        joined.updated_at,
        coalesce(joined.source_at, as_of.as_of_at) as source_at,
        joined._load_id
    from joined
    cross join as_of
    left join groups on joined.owning_group_key = groups.group_key
    left join unit_groups on groups.group_name = unit_groups.group_name

)

select * from final
