{#- What a value says, by the limits of dim_indicator_limit (aliased `limits`): too little data is a status of its own, never
    "ok". Direction "higher": act and watch are the lowest values still within the limit. "lower" and "band": the highest;
    watch_low and act_low are the lowest. "context" never calls for anything. -#}
{% macro indicator_status(value, n, coverage='null::numeric', watch='limits.watch') -%}
    case
        when {{ value }} is null or coalesce({{ n }}, 0) < coalesce(limits.min_n, 0) then 'insufficient_data'
        when limits.min_coverage is not null and coalesce({{ coverage }}, 0) < limits.min_coverage
            then 'insufficient_data'
        when limits.direction = 'context' then 'ok'
        when limits.direction = 'higher' and {{ value }} < limits.act then 'act'
        when limits.direction in ('lower', 'band') and {{ value }} > limits.act then 'act'
        when {{ value }} < limits.act_low then 'act'
        when limits.direction = 'higher' and {{ value }} < {{ watch }} then 'watch'
        when limits.direction in ('lower', 'band') and {{ value }} > {{ watch }} then 'watch'
        when {{ value }} < limits.watch_low then 'watch'
        else 'ok'
    end
{%- endmacro %}


{#- The columns every indicator has, in one order, from a CTE `measured` with scope_id, period_start_on, numerator, denominator,
    value, n, coverage and data_as_of. `scope_type` is a word, or a column of `measured` where a model has several. The limits
    are those of the theory of action in force on period_start_on. Numbers are judged as they are and told to six places. -#}
{% macro indicator_rows(indicator_id, scope_type, watch='limits.watch') -%}
    select
        limits.indicator_id,
        {{ scope_type if scope_type.startswith('measured.') else "'" ~ scope_type ~ "'" }} as scope_type,
        measured.scope_id,
        measured.period_start_on,
        trim_scale(round(measured.numerator::numeric, 6)) as numerator,
        trim_scale(round(measured.denominator::numeric, 6)) as denominator,
        trim_scale(round(measured.value::numeric, 6)) as value,
        measured.n::bigint as n,
        trim_scale(round(measured.coverage::numeric, 6)) as coverage,
        {{ indicator_status('measured.value', 'measured.n', 'measured.coverage', watch) }} as status,
        measured.data_as_of
    from measured
    inner join {{ ref('dim_indicator_limit') }} as limits
        on
            limits.indicator_id = '{{ indicator_id }}'
            and {{ covers('limits.valid_from', 'limits.valid_to', 'measured.period_start_on') }}
{%- endmacro %}


{#- The graver of several statuses: one that calls for action wins, and "insufficient data" only where nothing else is said. -#}
{% macro gravest_status(statuses) -%}
    case
        when 'act' in ({{ statuses | join(', ') }}) then 'act'
        when 'watch' in ({{ statuses | join(', ') }}) then 'watch'
        when 'ok' in ({{ statuses | join(', ') }}) then 'ok'
        else 'insufficient_data'
    end
{%- endmacro %}


{#- The gravest of the statuses of a group of rows, by the same order. -#}
{% macro gravest_status_of(status) -%}
    case
        when bool_or({{ status }} = 'act') then 'act'
        when bool_or({{ status }} = 'watch') then 'watch'
        when bool_or({{ status }} = 'ok') then 'ok'
        else 'insufficient_data'
    end
{%- endmacro %}
