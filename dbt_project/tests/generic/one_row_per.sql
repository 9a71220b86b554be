{#- What: rows that share the columns a model has one row for each combination of; nulls count as alike.
    When: always wrong: whoever sums the model counts them twice.
    How: a join has multiplied rows, or a source gives a key twice; the counts below name the keys. -#}
{% test one_row_per(model, columns) %}

    select
        {{ columns | join(', ') }},
        count(*) as n_rows
    from {{ model }}
    group by {{ columns | join(', ') }}
    having count(*) > 1

{% endtest %}
