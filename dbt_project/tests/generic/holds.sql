{#- What: rows of which a sentence that must always hold is false (or unknown).
    When: always wrong; the expression in the model's yml is the sentence.
    How: the rows below break it; follow their columns back with docs/indicators.md. -#}
{% test holds(model, expression) %}

    select *
    from {{ model }}
    where ({{ expression }}) is not true

{% endtest %}
