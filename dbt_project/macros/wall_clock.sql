{#- The instant of a local time: where clocks going back show it twice the first or the `last` of the two, where they go forward
    and skip it the instant they did. Clocks move by an hour, on the hour. -#}
{% macro instant_of(local, zone, last=false) -%}
    case
        when (({{ local }}) at time zone {{ zone }}) at time zone {{ zone }} <> {{ local }}
            then date_trunc('hour', ({{ local }}) at time zone {{ zone }})
        {%- if not last %}
        when (({{ local }}) at time zone {{ zone }} - interval '1 hour') at time zone {{ zone }} = {{ local }}
            then ({{ local }}) at time zone {{ zone }} - interval '1 hour'
        {%- endif %}
        else ({{ local }}) at time zone {{ zone }}
    end
{%- endmacro %}
