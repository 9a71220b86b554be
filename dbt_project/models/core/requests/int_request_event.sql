{{ config(
    materialized='incremental',
    incremental_strategy='touched',
    on_schema_change='sync_all_columns',
    indexes=[{'columns': ['request_key']}],
    post_hook=['{% if not is_incremental() %}create index on {{ this }} (author_key) where author_key is not null{% endif %}']
) }}

-- Grain: one event of one request, of every help desk, in one vocabulary, numbered in the order of time. What the vendor's values
-- mean today (units, staff) is looked up in request_event.
with touched as (

    select * from {{ ref('int_touched_request') }}

),

requests as (

    select
        request_no,
        source_name,
        created_at
    from {{ ref('int_servicenow__request') }}

    union all

    select
        request_no,
        source_name,
        created_at
    from {{ ref('int_zendesk__request') }}

),

state_changes as (

    select * from {{ ref('int_servicenow__state_change') }}
    union all
    select * from {{ ref('int_zendesk__state_change') }}

),

activity as (

    select * from {{ ref('int_servicenow__activity') }}
    union all
    select * from {{ ref('int_zendesk__activity') }}

),

-- What it is called when a request passes from one status to another; a pause that ends is "resumed", whatever comes after.
status (name, is_pause, is_end, is_withdrawal) as (

    values
    ('new', false, false, false),
    ('working', false, false, false),
    ('waiting_for_requester', true, false, false),
    ('on_hold', true, false, false),
    ('resolved', false, true, false),
    ('closed', false, true, false),
    ('withdrawn', false, false, true),
    ('unknown', false, false, false)

),

passages as materialized (

    select
        left_status.name as from_status,
        entered.name as to_status,
        named.event_type,
        named.step_no
    from status as left_status
    cross join status as entered
    cross join
        lateral (
            values
            (1, case when left_status.name = 'new' and (entered.is_pause or entered.name = 'working') then 'work_started' end),
            (2, case when left_status.is_pause and not entered.is_pause then 'resumed' end),
            (3, case when entered.name = 'waiting_for_requester' then 'paused' end),
            (3, case when entered.name = 'on_hold' then 'held' end),
            (
                4,
                case
                    when (left_status.is_end or left_status.is_withdrawal) and not (entered.is_end or entered.is_withdrawal)
                        then 'reopened'
                end
            ),
            (5, case when entered.is_end and not left_status.is_end then 'solved' end),
            (6, case when entered.name = 'closed' then 'closed' end),
            (6, case when entered.is_withdrawal then 'withdrawn' end)
        ) as named (step_no, event_type)
    where left_status.name <> entered.name and named.event_type is not null

),

collected as (

    select
        request_no,
        'created' as event_type,
        'requester' as actor_role,
        null as author_key,
        null as from_value,
        null as to_value,
        'record' as origin,
        null::bigint as version_no,
        0 as step_no,
        created_at as occurred_at
    from requests

    union all

    select
        change.request_no,
        passages.event_type,
        'staff',
        null,
        change.from_value,
        change.to_value,
        change.origin,
        change.version_no,
        passages.step_no,
        change.occurred_at
    from state_changes as change
    inner join passages on change.from_status = passages.from_status and change.to_status = passages.to_status
    where not (change.is_creation and passages.event_type = 'work_started')

    union all

    select
        request_no,
        event_type,
        actor_role,
        author_key,
        from_value,
        to_value,
        origin,
        version_no,
        7,
        occurred_at
    from activity

),

final as (

    select
        touched.request_key,
        row_number() over (
            partition by collected.request_no
            order by
                collected.occurred_at,
                collected.version_no nulls first,
                collected.step_no,
                collected.event_type,
                collected.to_value
        )::int as event_no,
        touched.source_name,
        collected.event_type,
        collected.actor_role,
        collected.author_key,
        collected.from_value,
        collected.to_value,
        collected.origin,
        collected.occurred_at
    from collected
    inner join touched on collected.request_no = touched.request_no

)

select * from final
