{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        on_schema_change='sync_all_columns',
        indexes=[
            {'columns': ['request_key'], 'unique': true},
            {'columns': ['opened_week', 'unit_id', 'school_key']},
            {'columns': ['responded_week', 'unit_id', 'school_key']},
            {'columns': ['resolved_week', 'unit_id', 'school_key']},
            {'columns': ['ended_week', 'unit_id']},
        ],
    )
}}

-- Grain: one request that a unit holds: what it adds to which weeks. Weeks are named by their Monday; `ended_week` is infinite
-- while the request is open. Requests without a school have '' for it: they count for their unit. Nothing here depends on
-- "now", so that an untouched request is never written again.
-- depends_on: {{ ref('int_touched_request') }}
-- depends_on: {{ ref('int_build') }}
{%- set is_a_day = is_incremental() and left_by_last_build(this.identifier) and not is_everything_touched(this) %}
with requests as (

    select * from {{ ref('int_service_request') }}
    where unit_id is not null

),

clocks as (

    select * from {{ ref('request_clock') }}
    {% if is_a_day %}
        -- A join would have the view worked out for every request first; an array goes down to the keys.
        where request_key = any(array(select touched.request_key from {{ ref('int_touched_request') }} as touched))
    {% endif %}

),

promises as (

    select * from {{ ref('int_request_promise') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

final as (

    select
        requests.request_key,
        requests.unit_id,
        coalesce(requests.school_key, '') as school_key,
        requests.source_name,
        requests.priority,
        clocks.created_at,
        clocks.first_response_at,
        coalesce(clocks.resolved_at, clocks.withdrawn_at) as ended_at,
        {{ week_of('requests.created_on') }} as opened_week,
        {{ week_of(local_day('clocks.first_response_at', 'as_of.timezone')) }} as responded_week,
        {{ week_of(local_day('clocks.resolved_at', 'as_of.timezone')) }} as resolved_week,
        coalesce(
            {{ week_of(local_day('coalesce(clocks.resolved_at, clocks.withdrawn_at)', 'as_of.timezone')) }}, 'infinity'
        ) as ended_week,
        clocks.created_business_seconds,
        clocks.first_response_business_seconds,
        promises.first_response_limit_seconds,
        promises.resolution_limit_seconds,
        clocks.first_response_business_minutes::double precision as first_response_business_minutes,
        clocks.resolution_business_minutes::double precision as resolution_business_minutes,
        case
            when clocks.resolved_at is not null then clocks.requester_wait_business_minutes
        end::double precision as requester_wait_business_minutes,
        promises.pause_kinds,
        promises.is_first_response_kept,
        promises.is_resolution_kept,
        clocks.n_group_changes
    from requests
    cross join as_of
    inner join clocks on requests.request_key = clocks.request_key
    left join promises on requests.request_key = promises.request_key

)

select * from final
