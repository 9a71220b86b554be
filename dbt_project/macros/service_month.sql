{#- Columns of a relation that is built before; a stand-in while the project is only read. -#}
{% macro built_columns(relation, without=[]) -%}
    {%- if not (execute and relation) -%}
        {{ return(['unit_id']) }}
    {%- endif -%}
    {{ return(adapter.get_columns_in_relation(relation) | map(attribute='name') | reject('in', without) | list) }}
{%- endmacro %}


{#- Touched requests of which these columns do not say the same before and after (request_key among them): what was said and what
    is said now, a row each. A request that came or went has one. -#}
{% macro changed_outcomes(columns) -%}
    select {{ columns | join(', ') }}
    from {{ ref('int_service_month__change') }}
    group by {{ columns | join(', ') }}
    having count(*) = 1
{%- endmacro %}


{#- How long a request took, in business minutes, one at least; Infinity while it is open, null where there is none. -#}
{% macro wait_minutes(outcome) -%}
    case
        when {{ outcome }}.request_key is null then null
        when {{ outcome }}.resolved_on is null then 'Infinity'
        else greatest({{ outcome }}.resolution_business_minutes, 1)
    end
{%- endmacro %}


{#- For a post-hook: months out of the history that is shown go, as a full build would not make them. -#}
{% macro forget_months_before_history() -%}
    {% if is_incremental() -%}
        delete from {{ this }}
        where period_start_on < (select min(period_start_on) from {{ ref('dim_period') }} where period_type = 'month')
    {%- endif %}
{%- endmacro %}
