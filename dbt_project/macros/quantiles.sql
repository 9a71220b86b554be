{#- The quantile of `n` durations of which a sorted list holds those that are over: whoever still waits is longer than any, and
    where the quantile falls among them it is not known yet. It is the smallest value that the share of all reaches (percentile_disc). -#}
{% macro quantile_of(sorted_minutes, n, share) -%}
    {{ sorted_minutes }}[ceil({{ share }} * {{ n }})::int]::numeric
{%- endmacro %}
