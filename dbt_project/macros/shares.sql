{#- Share of the days from `starts_on` to `ends_before` (exclusive) that a source reaching to `known_before` (exclusive) can know:
    0 to 1; null without such days, or without such a source. -#}
{% macro share_reached(starts_on, ends_before, known_before) -%}
    case
        when {{ known_before }} is not null
            then
                greatest(least({{ known_before }}, {{ ends_before }}) - ({{ starts_on }}), 0)::numeric
                / nullif({{ ends_before }} - ({{ starts_on }}), 0)
    end
{%- endmacro %}


{#- A share as a person writes it: six places at most, no trailing noughts; null of nothing. -#}
{% macro share(part, whole) -%}
    trim_scale(round(({{ part }})::numeric / nullif({{ whole }}, 0), 6))
{%- endmacro %}
