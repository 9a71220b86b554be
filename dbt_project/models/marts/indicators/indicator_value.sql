{{ config(materialized='view') }}

{% set indicators = [
    'ind_partnership__time_share', 'ind_partnership__span', 'ind_partnership__contact_gap', 'ind_partnership__cadence',
    'ind_partnership__contact_dose', 'ind_partnership__coverage', 'ind_partnership__unpaired', 'ind_service__first_response',
    'ind_service__resolution', 'ind_service__promise_kept', 'ind_service__ageing', 'ind_service__case_manager',
] %}

{% for indicator in indicators %}
    select * from {{ ref(indicator) }}
    {{ 'union all' if not loop.last }}
{% endfor %}
