{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        on_schema_change='sync_all_columns',
        indexes=[
            {'columns': ['request_key'], 'unique': true},
            {'columns': ['opened_month', 'unit_id', 'school_key', 'request_type']},
            {'columns': ['solved_month', 'unit_id', 'school_key']},
            {'columns': ['resolved_month', 'unit_id', 'school_key']},
        ],
    )
}}

-- Grain: one request that a unit holds: what it adds to which months, as last built.
-- depends_on: {{ ref('int_service_month__touched') }}
-- depends_on: {{ ref('int_speed_month__touched_pace') }}
-- depends_on: {{ ref('int_speed_month__touched_like') }}
-- depends_on: {{ ref('int_service_month__change') }}
-- depends_on: {{ ref('int_build') }}
{%- set is_a_day = is_incremental() and left_by_last_build(this.identifier) and not is_everything_touched(this) %}
with outcomes as (

    {% if is_a_day %}
        select {{ built_columns(ref('int_service_month__change'), without=['is_after']) | join(', ') }}
        from {{ ref('int_service_month__change') }}
        where is_after
    {% else %}
        select outcome.*
        from {{ ref('int_service_month__outcome') }} as outcome
    {% endif %}

)

select * from outcomes
