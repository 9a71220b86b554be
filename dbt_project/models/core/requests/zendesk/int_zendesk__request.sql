{{ config(
    unlogged=true,
    indexes=[{'columns': ['request_no'], 'unique': true}, {'columns': ['ticket_id']}]
) }}

-- Grain: one touched ticket that the source still has, in the words of both help desks. Zendesk tells neither when a ticket was
-- solved nor when it was closed; its events do.
with touched as (

    select * from {{ ref('int_touched_request') }}

),

tickets as (

    select * from {{ ref('stg_zendesk__ticket') }}

),

final as (

    select
        touched.request_no,
        touched.request_key,
        tickets.source_name,
        null as record_id,
        tickets.ticket_id,
        tickets.ticket_id::text as request_number,
        tickets.group_key,
        tickets.requester_key,
        null as requester_id,
        tickets.assignee_key,
        coalesce(
            (
                select array_agg(tickets.source_name || ':' || follower.id order by follower.id)
                from unnest(tickets.follower_ids) as follower (id)
            ),
            '{}'
        ) as follower_keys,
        null as location_key,
        tickets.organization_key,
        {{ normalised_code('tickets.school_code') }} as school_code,
        tickets.parent_id::text as parent_id,

        tickets.priority,
        tickets.category,
        tickets.subcategory,
        tickets.channel,
        tickets.tags,
        null::bigint as state,
        null as hold_reason,
        {{ zendesk_status('tickets.status') }} as status,
        tickets.is_merged,

        tickets.created_at,
        null::timestamptz as resolved_at_told,
        null::timestamptz as closed_at_told,
        tickets.updated_at,
        tickets._load_id
    from touched
    inner join tickets on touched.ticket_id = tickets.ticket_id and touched.source_name = tickets.source_name

)

select * from final
