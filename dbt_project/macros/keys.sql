{#- Columns of a table in a row: `told.week_start_on, told.school_key`. -#}
{% macro columns_of(alias, columns) -%}
    {% for column in columns %}{{ alias }}.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
{%- endmacro %}


{#- Whether two tables' rows have the same key: `held.week_start_on = final.week_start_on and …`. -#}
{% macro same_key(left, right, key) -%}
    {% for column in key %}{{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}
