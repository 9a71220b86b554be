{#- The step of a wait of one minute or more: steps are 5 % of the wait apart, so up to twenty minutes each minute has its own.
    Counting by steps needs no sort over all requests, which is most of what the comparison costs. -#}
{% macro waiting_step(minutes) -%}
    ceil(20 * ln({{ minutes }}::double precision))::int
{%- endmacro %}


{#- Requests at risk until they are resolved, in the comparisons of the school year to date, by steps of waiting: one point
    where a request ends and, for one that entered late, a negative one at its entry, as in detection_points. At risk at a step are
    the points from that step on. Reads the CTEs `placed` (int_detection__placed), of which `columns` are carried, and `year_kinds`. -#}
{% macro detection_any_priority_points(columns) -%}
    {%- set carried = (['kind_no'] + columns) | join(', ') -%}
    {%- set band = "opened_week - (opened_week - date '2000-01-03') % 28" -%}
    {%- set entry_step = waiting_step('resolution_entry_minutes') -%}
    {%- set exit_step = waiting_step('resolution_exit_minutes') -%}
    select
        {{ carried }},
        {{ band }} as opened_band,
        case
            when resolution_entry_minutes > 0 then greatest({{ exit_step }}, {{ entry_step }} + 1)
            else {{ exit_step }}
        end as waiting_step,
        weight as w,
        true as is_exit,
        is_resolved as is_event
    from placed
    where kind_no in (select year_kinds.kind_no from year_kinds)

    union all

    select
        {{ carried }},
        {{ band }},
        {{ entry_step }},
        -weight,
        false,
        false
    from placed
    where resolution_entry_minutes > 0 and kind_no in (select year_kinds.kind_no from year_kinds)
{%- endmacro %}


{#- Expected over observed: how many times as long, without regard to chance. Null where fewer than five are expected, as the
    comparison itself says nothing of so few; less than one observed counts as one, so that none has no end. -#}
{% macro plain_times_as_long(observed, expected, min_expected=5) -%}
    case when {{ expected }} >= {{ min_expected }} then {{ expected }} / greatest({{ observed }}, 1) end
{%- endmacro %}
