{#- How many standard deviations a school's share lies above the district's mean; null where nobody differs. -#}
{% macro z_score(share) -%}
    ({{ share }} - {{ share }}_mean) / nullif({{ share }}_sd, 0)
{%- endmacro %}
