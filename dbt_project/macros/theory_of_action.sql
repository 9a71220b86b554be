{#- Since when and until when each version of the theory of action was in force; version_id is null before the first one, and
    always where there is none. Columns: version_id, valid_from, valid_to. -#}
{% macro theory_of_action_periods() -%}
    select
        version_id,
        valid_from,
        valid_to
    from {{ source('config', 'toa_version') }}

    union all

    select
        null,
        null,
        min(valid_from)
    from {{ source('config', 'toa_version') }}
{%- endmacro %}
