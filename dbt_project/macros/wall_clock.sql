{#- The instant of a local time: where clocks going back show it twice the first or the `last` of the two, where they go forward
    and skip it the instant they did. Clocks move by an hour, on the hour. -#}
{% macro instant_of(local, zone, last=false) -%}
    {%- set instant = "((" ~ local ~ ") at time zone " ~ zone ~ ")" -%}
    {%- set earlier = instant if last else "(" ~ instant ~ " - interval '1 hour')" -%}
    case
        when {{ instant }} at time zone {{ zone }} <> {{ local }} then date_trunc('hour', {{ instant }})
        when {{ earlier }} at time zone {{ zone }} = {{ local }} then {{ earlier }}
        else {{ instant }}
    end
{%- endmacro %}
