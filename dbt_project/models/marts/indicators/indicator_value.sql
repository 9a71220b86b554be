{{ config(indexes=[{'columns': ['period_start_on', 'indicator_id']}]) }}

{% set indicators = [
    'ind_partnership__time_share', 'ind_partnership__span', 'ind_partnership__contact_gap', 'ind_partnership__cadence',
    'ind_partnership__contact_dose', 'ind_partnership__coverage', 'ind_partnership__unpaired', 'ind_service__first_response',
    'ind_service__resolution', 'ind_service__promise_kept', 'ind_service__ageing', 'ind_service__case_manager',
] %}

with measured as (

    {% for indicator in indicators %}
    select * from {{ ref(indicator) }}
    {{ 'union all' if not loop.last }}
    {% endfor %}

),

catalogue as (

    select * from {{ ref('indicators') }}

),

final as (

    select
        measured.indicator_id,
        measured.scope_type,
        measured.scope_id,
        catalogue.period_type,
        measured.period_start_on,
        (
            measured.period_start_on
            + case catalogue.period_type
                when 'day' then interval '1 day'
                when 'week' then interval '1 week'
                when 'month' then interval '1 month'
                when 'quarter' then interval '3 months'
                when 'half_year' then interval '6 months'
                when 'year' then interval '1 year'
            end
        )::date as period_end_on,
        measured.numerator,
        measured.denominator,
        measured.value,
        measured.n,
        measured.coverage,
        measured.status,
        measured.data_as_of
    from measured
    inner join catalogue on measured.indicator_id = catalogue.indicator_id

)

select * from final
