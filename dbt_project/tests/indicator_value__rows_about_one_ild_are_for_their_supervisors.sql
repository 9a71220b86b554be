-- What: a mart that holds numbers of single ILDs shows its rows to everybody who may read the schema.
-- When: always wrong: BI and whoever it shares with would find what only the ILD's supervisor may.
-- How: the model has lost its post-hook supervision_only, or somebody switched row security off; build the model again.
{% set guarded = [
    ref('partnership_ild_week'), ref('indicator_value'), ref('indicator_value_published'), ref('record_pattern_month')
] %}

{% for mart in guarded %}
    select relations.relname
    from pg_class as relations
    where relations.oid = '{{ mart }}'::regclass and not relations.relrowsecurity
    {{ 'union all' if not loop.last }}
{% endfor %}
