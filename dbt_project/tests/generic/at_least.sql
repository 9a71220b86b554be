{#- What: values below the least a column can hold, such as a negative count.
    When: always wrong: an interval was taken backwards, or a sum subtracts twice.
    How: the rows below name the keys; follow the column back with docs/indicators.md. Nulls pass. -#}
{% test at_least(model, column_name, value) %}

    select *
    from {{ model }}
    where {{ column_name }} < {{ value }}

{% endtest %}
