{{
    config(
        materialized='incremental',
        incremental_strategy='append',
        pre_hook="{% if is_incremental() %}delete from {{ this }} where request_key in (select request_key from {{ ref('int_touched_request') }}){% endif %}",
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
select outcome.*
from {{ ref('int_service_month__outcome') }} as outcome
{% if is_incremental() %}
    inner join {{ ref('int_touched_request') }} as touched on outcome.request_key = touched.request_key
{% endif %}
