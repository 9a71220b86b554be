{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='sync_all_columns',
    indexes=[{'columns': ['request_key']}]
) }}

-- Grain: one touched request as it stood before this build wrote over it, so that what was counted of it elsewhere (the weeks,
-- the school and the unit it has left) can be found. Builds that fail add to it; a build that ends well empties it (taken_load).
-- Empty where every request is done again.
-- depends_on: {{ ref('int_build') }}
{%- set held = left_by_last_build('int_service_request') %}
{%- set clocks = left_by_last_build('int_request_clock') %}
with touched as (

    select * from {{ ref('int_touched_request') }}

),
{% if is_incremental() and held and clocks and not is_everything_touched(this) %}
    final as (

        select
            touched.request_key,
            requests.school_key,
            requests.unit_id,
            requests.is_open,
            requests.created_on,
            requests.created_at,
            clocks.first_response_at,
            clocks.resolved_at,
            clocks.withdrawn_at
        from touched
        inner join {{ held }} as requests on touched.request_key = requests.request_key
        left join {{ clocks }} as clocks on touched.request_key = clocks.request_key

    )
{%- else %}
    final as (

        select
            request_key,
            null::text as school_key,
            null::text as unit_id,
            null::boolean as is_open,
            null::date as created_on,
            null::timestamptz as created_at,
            null::timestamptz as first_response_at,
            null::timestamptz as resolved_at,
            null::timestamptz as withdrawn_at
        from touched
        where false

    )
{%- endif %}

select * from final
