{{ config(unlogged=true, indexes=[{'columns': ['request_key'], 'unique': true}]) }}

-- Grain: one request to be done again by this build: the source brought something of it, or what it is judged by has changed;
-- every request when int_build says so. `request_no` is this build's own number, which joins faster than a text.
-- A request that has since gone is here too, so that what is held of it goes.
-- depends_on: {{ ref('int_build') }}
-- depends_on: {{ ref('int_new_load') }}
-- depends_on: {{ ref('int_changed_basis') }}
{%- set held = left_by_last_build('int_service_request') %}
{%- set is_everything = not held or not execute or flags.WHICH not in ('run', 'build') or is_everything_touched(this) %}
{%- if is_everything %}
    with collected as (

        select
            source_name,
            sys_id as record_id,
            null::bigint as ticket_id
        from {{ ref('stg_servicenow__incident') }}

        union all

        select
            source_name,
            null,
            ticket_id
        from {{ ref('stg_zendesk__ticket') }}

    ),
{%- else %}
    {%- set new_loads = literals_of('select load_id from ' ~ ref('int_new_load')) %}
{%- set servicenow_streams = [
    ('incident', 'sys_id'), ('sys_audit', 'documentkey'), ('sys_audit_journal', 'documentkey'), ('task_sla', 'task')
] %}
    {%- set zendesk_streams = [('tickets', 'id'), ('ticket_events', 'ticket_id'), ('ticket_metric_events', 'ticket_id')] %}
    with changed as (

        select * from {{ ref('int_changed_basis') }}

    ),

    from_servicenow as (
        {% for table, key in servicenow_streams %}
            select
                _source as source_name,
                {{ key }} as record_id
            from {{ source('raw_servicenow', table) }}
            where _load_id in ({{ new_loads }})
            {{ 'union' if not loop.last }}
        {% endfor %}
    ),

    from_zendesk as (
        {% for table, key in zendesk_streams %}
            select
                _source as source_name,
                {{ key }} as ticket_id
            from {{ source('raw_zendesk', table) }}
            where _load_id in ({{ new_loads }})
            {{ 'union' if not loop.last }}
        {% endfor %}
    ),

    judged_otherwise as (
    {% for kind, column in [
        ('person', 'requester_key'), ('location', 'location_key'), ('organization', 'organization_key'), ('group', 'group_key')
    ] %}
            select
                held.source_name,
                held.record_id,
                held.ticket_id
            from changed
            inner join {{ held }} as held on changed.basis_key = held.{{ column }}
            where changed.kind = '{{ kind }}'
            union
        {% endfor %}
        -- What somebody wrote is a reply or not by who they are.
        select
            held.source_name,
            held.record_id,
            held.ticket_id
        from changed
        inner join {{ left_by_last_build('int_request_event') }} as events on changed.basis_key = events.author_key
        inner join {{ held }} as held on events.request_key = held.request_key
        where changed.kind = 'author'

    ),

    collected as (

        select
            source_name,
            record_id,
            null::bigint as ticket_id
        from from_servicenow
        where record_id is not null

        union

        select
            source_name,
            null,
            ticket_id
        from from_zendesk

        union

        select * from judged_otherwise

    ),
{%- endif %}

final as (

    select
        row_number() over ()::int as request_no,
        source_name || ':' || coalesce(record_id, ticket_id::text) as request_key,
        source_name,
        record_id,
        ticket_id
    from collected

)

select * from final
