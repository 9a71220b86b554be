{{ config(unlogged=true) }}

-- Grain: one touched request, once as it was counted by the last build and once as it stands: what it adds to which months. Built
-- before `request_month_outcome`, which therefore still holds what was said before: a request that moved to another unit is taken
-- out of the months of the old one. Empty on a first build, which counts everything.
-- depends_on: {{ ref('int_build') }}
-- depends_on: {{ ref('int_touched_request') }}
{%- set before = left_by_last_build('request_month_outcome') %}
{%- set is_everything = before and is_everything_touched(this) %}
{#- A table of an older release may lack a column: then every request says something else now. #}
{%- set told_before = built_columns(before) %}
{%- set said = [] %}
{%- for column in built_columns(ref('int_service_month__outcome')) %}
    {%- do said.append(column if column in told_before or not before else 'null as ' ~ column) %}
{%- endfor %}
with now_said as (

    select outcome.*
    from {{ ref('int_service_month__outcome') }} as outcome
    {% if not before %}
        where false
    {% elif not is_everything %}
        -- A join would have the view worked out for every request first; an array goes down to the keys.
        where outcome.request_key = any(array(select touched.request_key from {{ ref('int_touched_request') }} as touched))
    {% endif %}

),

said_before as (

    select {{ said | join(', ') or '*' }}
    from {{ before or ref('int_service_month__outcome') }}
    {% if not before %}
        where false
    {% elif not is_everything %}
        where request_key = any(array(select touched.request_key from {{ ref('int_touched_request') }} as touched))
    {% endif %}

),

final as (

    select
        true as is_after,
        now_said.*
    from now_said

    union all

    select
        false as is_after,
        said_before.*
    from said_before

)

select * from final
