{{ config(
    unlogged=true,
    indexes=[{'columns': ['request_no'], 'unique': true}, {'columns': ['record_id']}]
) }}

-- Grain: one touched incident that the source still has, in the words of both help desks.
with touched as (

    select * from {{ ref('int_touched_request') }}

),

incidents as (

    select * from {{ ref('stg_servicenow__incident') }}

),

final as (

    select
        touched.request_no,
        touched.request_key,
        incidents.source_name,
        incidents.sys_id as record_id,
        null::bigint as ticket_id,
        incidents.request_number,
        incidents.group_key,
        incidents.requester_key,
        incidents.requester_id,
        incidents.assignee_key,
        '{}'::text[] as follower_keys,
        incidents.location_key,
        null as organization_key,
        null as school_code,
        incidents.parent_id,

        coalesce(incidents.priority, 3) as priority,
        incidents.category,
        incidents.subcategory,
        incidents.channel,
        '{}'::text[] as tags,
        incidents.state,
        incidents.hold_reason,
        {{ servicenow_status('incidents.state', 'incidents.hold_reason') }} as status,
        false as is_merged,

        incidents.created_at,
        incidents.resolved_at as resolved_at_told,
        incidents.closed_at as closed_at_told,
        incidents.updated_at,
        incidents._load_id
    from touched
    inner join incidents on touched.record_id = incidents.sys_id and touched.source_name = incidents.source_name

)

select * from final
