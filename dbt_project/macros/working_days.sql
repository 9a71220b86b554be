{#- How many working days of a unit lie before a day: one index look-up, so that working days between two
    days are a subtraction. -#}
{% macro working_days_before(unit_id, day) -%}
    coalesce(
        (
            select unit_days.working_day_no
            from {{ ref('dim_unit_day') }} as unit_days
            where unit_days.unit_id = {{ unit_id }} and unit_days.day < {{ day }}
            order by unit_days.day desc
            limit 1
        ),
        0
    )
{%- endmacro %}
