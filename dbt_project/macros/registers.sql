{#- The periods of one length that all the named registers can tell something of, with the poorest of their coverages. -#}
{% macro register_periods(streams, period_type) -%}
    select
        district_id,
        period_start_on,
        period_end_on,
        evaluated_before_on,
        min(coverage) as coverage,
        min(coverage_of_whole) as coverage_of_whole,
        min(data_as_of) as data_as_of
    from {{ ref('register_period') }}
    where stream_name in ('{{ streams | join("', '") }}') and period_type = '{{ period_type }}'
    group by 1, 2, 3, 4
    having count(*) = {{ streams | length }}
{%- endmacro %}
