{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    on_schema_change='sync_all_columns',
    indexes=[
        {'columns': ['request_key'], 'unique': true},
        {'columns': ['school_key', 'unit_id']},
        {'columns': ['requester_key']},
        {'columns': ['group_key']},
        {'columns': ['location_key']},
        {'columns': ['organization_key']},
        {'columns': ['created_at']},
        {'columns': ['created_on', 'source_name']}
    ]
) }}

-- Grain: one request that the source still has, as kept: nothing in it depends on the moment of the build. None is dropped for
-- want of a school or a unit: both may be null, and then the reason is told. The unit is the one that holds the request, or
-- held it last.
with requests as (

    select * from {{ ref('int_request') }}

),

summaries as (

    select * from {{ ref('int_request_summary') }}

),

touched as (

    select * from {{ ref('int_touched_request') }}

),

evidence as (

    select * from {{ ref('request_school_evidence') }}

),

groups as (

    select * from {{ ref('int_group_unit') }}

),

people as (

    select * from {{ ref('int_requester') }}

),

staff as (

    select * from {{ ref('int_staff_interval') }}

),

blocking as (

    select
        coalesce(array_agg(value) filter (where kind = 'category'), '{}') as categories,
        coalesce(array_agg(value) filter (where kind = 'tag'), '{}') as tags,
        coalesce(array_agg(value::int) filter (where kind = 'priority'), '{}') as priorities
    from {{ source('config', 'instruction_blocking') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

attributed as (

    select
        touched.request_no,
        (array_agg(evidence.school_key order by evidence.evidence_rank, evidence.school_key))[1] as school_key,
        (array_agg(evidence.method order by evidence.evidence_rank, evidence.school_key))[1] as method,
        (array_agg(evidence.confidence order by evidence.evidence_rank, evidence.school_key))[1] as confidence,
        min(evidence.school_key) <> max(evidence.school_key) as has_conflicting_evidence
    from touched
    inner join evidence on touched.request_key = evidence.request_key
    group by 1

),

joined as (

    select
        requests.*,
        coalesce(
            requests.group_key, requests.source_name || ':' || summaries.last_group_id
        ) as owning_group_key,
        {{ local_day('requests.created_at', 'as_of.timezone') }} as created_on,
        attributed.school_key,
        attributed.method,
        attributed.confidence,
        coalesce(attributed.has_conflicting_evidence, false) as has_conflicting_evidence
    from requests
    cross join as_of
    left join summaries on requests.request_no = summaries.request_no
    left join attributed on requests.request_no = attributed.request_no

),

final as (

    select
        joined.request_key,
        joined.source_name,
        joined.record_id,
        joined.ticket_id,
        joined.request_number,
        joined.school_key,
        groups.unit_id,
        joined.owning_group_key as group_key,
        joined.requester_key,
        people.staff_id as requester_staff_id,
        staff.role as requester_role,
        joined.assignee_key,
        joined.follower_keys,
        joined.location_key,
        joined.organization_key,
        joined.parent_id,

        joined.priority,
        joined.category,
        joined.subcategory,
        coalesce(joined.category, 'uncategorised') as request_type,
        joined.channel,
        joined.status,
        joined.status not in ('resolved', 'closed', 'withdrawn') as is_open,
        joined.status = 'withdrawn' as is_withdrawn,
        coalesce(staff.role = 'ild', false) as is_raised_by_ild,
        coalesce(joined.category = any(blocking.categories), false)
        or joined.tags && blocking.tags
        or joined.priority = any(blocking.priorities) as is_instruction_blocking,

        joined.method as attribution_method,
        joined.confidence as attribution_confidence,
        joined.has_conflicting_evidence,
        case
            when joined.school_key is not null then null
            else
                case
                    when joined.location_key is not null then 'location is no known school'
                    when joined.organization_key is not null then 'organisation is no known school'
                    else 'no location or organisation'
                end
                || ', '
                || case
                    when joined.requester_key is null then 'no requester'
                    when people.user_key is null then 'requester is unknown'
                    else 'requester has no one school'
                end
        end as unattributed_reason,
        case
            when groups.unit_id is not null then null
            when joined.owning_group_key is null then 'no assignment group'
            when groups.group_key is null then 'assignment group unknown'
            else 'assignment group belongs to no unit'
        end as no_unit_reason,

        joined.created_at,
        joined.created_on,
        joined.resolved_at_told,
        joined.closed_at_told,
        joined.updated_at,
        joined._load_id
    from joined
    cross join blocking
    left join groups on joined.owning_group_key = groups.group_key
    left join people on joined.requester_key = people.user_key
    left join staff
        on
            people.staff_id = staff.staff_id
            and staff.valid_from <= joined.created_on
            and staff.valid_to > joined.created_on

)

select * from final
