{#- The request core is brought up to date, not rebuilt: a build works on the requests touched by what is new, deletes what is
    held of them and inserts what is true now. Doing it twice gives the same, so a build that failed is simply done again. -#}

{#- Strategy of incremental models: everything held of a touched key goes, also where nothing comes back for it. The table of
    touched keys and its column are the model's `meta`; where the whole core is rebuilt, everything goes. -#}
{% macro get_incremental_touched_sql(arg_dict) -%}
    {%- set target = arg_dict['target_relation'] -%}
    {%- set touched_by = target.incorporate(
        path={'identifier': config.get('meta', {}).get('touched_by', 'int_touched_request')}
    ) -%}
    {%- set key = config.get('meta', {}).get('touched_key', 'request_key') -%}
    {%- set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') -%}
    {%- if is_everything_touched(target) %}
    truncate {{ target }};
    {%- else %}
    delete from {{ target }} as held
    using {{ touched_by }} as touched
    where held.{{ key }} = touched.{{ key }};
    {%- endif %}
    insert into {{ target }} ({{ columns }})
    select {{ columns }} from {{ arg_dict['temp_relation'] }};
{%- endmacro %}


{#- Whether this build redoes every request: int_build says so. -#}
{% macro is_everything_touched(beside) -%}
    {%- set build = beside.incorporate(path={'identifier': 'int_build'}) -%}
    {{ return(run_query('select is_everything from ' ~ build).columns[0].values()[0]) }}
{%- endmacro %}


{#- A table of the core as the last complete build left it, though this model comes before it in the build; none on a first
    build and, unless it is one that outlasts it, on a full refresh, when nothing may be taken over. -#}
{% macro left_by_last_build(name, outlasts_refresh=false) -%}
    {%- if execute and (outlasts_refresh or not flags.FULL_REFRESH) -%}
        {{ return(adapter.get_relation(database=this.database, schema=this.schema, identifier=name)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}


{#- Values of a query as SQL literals, for conditions whose cost the planner should know. `null` where there are none. -#}
{% macro literals_of(query) -%}
    {%- if not execute or flags.WHICH not in ('run', 'build') -%}
        {{ return('null') }}
    {%- endif -%}
    {%- set found = run_query(query).columns[0].values() -%}
    {{ return(found | join(', ') if found else 'null') }}
{%- endmacro %}
