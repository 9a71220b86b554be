{#- Schemas are the warehouse's own names, set by folder; a developer's prefix would break the rights granted on them. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name or target.schema }}
{%- endmacro %}
