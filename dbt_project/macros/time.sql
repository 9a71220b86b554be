{#- Open seconds of a unit from the beginning of its calendar to an instant: one index look-up, so that a clock is two of them
    and a subtraction. Null before the calendar begins and for a request that no unit owns. -#}
{% macro business_seconds_at(unit_id, instant) -%}
    (
        select hours.open_seconds_before + extract(epoch from least({{ instant }}, hours.ends_at) - hours.starts_at)
        from {{ ref('dim_business_hours') }} as hours
        where hours.unit_id = {{ unit_id }} and hours.starts_at <= {{ instant }}
        order by hours.starts_at desc
        limit 1
    )
{%- endmacro %}


{#- Seconds as minutes. Null stays null: an unanswered request has no response time. -#}
{% macro minutes(seconds) -%}
    round(({{ seconds }}) / 60.0, 2)
{%- endmacro %}


{#- The local day of an instant. -#}
{% macro local_day(instant, zone) -%}
    (({{ instant }}) at time zone {{ zone }})::date
{%- endmacro %}


{#- The Monday of a day's week. -#}
{% macro week_of(day) -%}
    date_trunc('week', {{ day }})::date
{%- endmacro %}


{#- The first day of the month (1), quarter (3) or half-year (6) that a day lies in. -#}
{% macro period_of(day, months) -%}
    (date_trunc('year', {{ day }}) + make_interval(months => (extract(month from {{ day }})::int - 1) / {{ months }} * {{ months }}))::date
{%- endmacro %}


{#- Whether a day lies in an interval. Ends are exclusive everywhere; a null end is still to come, a null start long ago. -#}
{% macro covers(valid_from, valid_to, day) -%}
    (coalesce({{ valid_from }}, '-infinity'::date) <= {{ day }} and {{ day }} < coalesce({{ valid_to }}, 'infinity'::date))
{%- endmacro %}
