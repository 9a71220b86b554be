{#- A name as it is compared between systems: lower case, letters and digits only. Near misses belong in the crosswalk. -#}
{% macro normalised(name) -%}
    nullif(regexp_replace(lower({{ name }}), '[^[:alnum:]]+', '', 'g'), '')
{%- endmacro %}


{#- A school's code as it is compared between systems: spreadsheets eat leading zeros. -#}
{% macro normalised_code(code) -%}
    nullif(ltrim(lower(btrim({{ code }})), '0'), '')
{%- endmacro %}


{#- The code value of an Ed-Fi descriptor's URI, as it is compared: lower case. Namespaces stay with the URI. -#}
{% macro descriptor_code(descriptor) -%}
    lower(regexp_replace({{ descriptor }}, '^.*#', ''))
{%- endmacro %}
