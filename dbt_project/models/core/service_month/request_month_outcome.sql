{{
    config(
        materialized='incremental',
        incremental_strategy='touched',
        on_schema_change='sync_all_columns',
        indexes=[
            {'columns': ['request_key'], 'unique': true},
            {'columns': ['opened_month', 'unit_id', 'school_key']},
            {'columns': ['solved_month', 'unit_id', 'school_key']},
            {'columns': ['resolved_month', 'unit_id', 'school_key']},
        ],
    )
}}

-- Grain: one request that a unit holds: what it adds to which months, as last built.
-- depends_on: {{ ref('int_service_month__touched') }}
-- depends_on: {{ ref('int_touched_request') }}
-- depends_on: {{ ref('int_build') }}
select outcome.*
from {{ ref('int_service_month__outcome') }} as outcome
{% if is_incremental() and left_by_last_build(this.identifier) and not is_everything_touched(this) %}
    where outcome.request_key = any(array(select touched.request_key from {{ ref('int_touched_request') }} as touched))
{% endif %}
