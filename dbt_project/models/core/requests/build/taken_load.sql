{{ config(
    materialized='incremental',
    incremental_strategy='append',
    indexes=[{'columns': ['load_id'], 'unique': true}],
    post_hook="truncate {{ ref('int_request_before') }}"
) }}

-- Grain: one load whose effects the core holds. Built last: a build that fails on the way leaves it as it was, and the next one
-- does the same requests again.
-- depends_on: {{ ref('service_request') }}
-- depends_on: {{ ref('request_event') }}
-- depends_on: {{ ref('request_school_evidence') }}
-- depends_on: {{ ref('request_attribution_gap') }}
-- depends_on: {{ ref('request_clock') }}
-- depends_on: {{ ref('request_promise') }}
-- depends_on: {{ ref('request_vendor_sla') }}
-- depends_on: {{ ref('service_week') }}
-- depends_on: {{ ref('request_month_outcome') }}
-- depends_on: {{ ref('request_closing') }}
select load_id from {{ ref('int_new_load') }}
