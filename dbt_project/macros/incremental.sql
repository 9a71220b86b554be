{#- Tables that are written a change at a time. Each row says in `changed_at` when it was last written with other content; who
    reads the table takes what was written after its own last write, so that a build that failed half-way is made up for by the next.
    (It is the warehouse's clock and says nothing about the district: two builds of the same rows differ in nothing else.) -#}

{#- The rows of the CTE `final` that the table does not hold just so. -#}
{% macro rows_to_write(key) -%}
    select
        final.*,
        now() as changed_at
    from final
    {% if is_incremental() and execute -%}
        {%- set held = adapter.get_columns_in_relation(this) | map(attribute='name') -%}
        {%- set told = held | reject('equalto', 'changed_at') | list -%}
        left join {{ this }} as held on {{ same_key('final', 'held', key) }}
        where
            held.changed_at is null
            or ({{ columns_of('final', told) }}) is distinct from ({{ columns_of('held', told) }})
    {%- endif %}
{%- endmacro %}


{#- For a pre-hook: sizes of sums are guessed too low by far, and a nested loop over two of them would take minutes. -#}
{% macro join_by_hash() -%}
    set local enable_nestloop = off
{%- endmacro %}


{#- For a pre-hook: a table of an older release, without a column that what reads it cannot do without, is made anew. -#}
{% macro start_anew_without(column) -%}
    {% if is_incremental() and execute -%}
        {%- set held = adapter.get_columns_in_relation(this) | map(attribute='name') | list -%}
        {% if column not in held -%}
            delete from {{ this }}
        {%- endif %}
    {%- endif %}
{%- endmacro %}


{#- When this table was last written. -#}
{% macro last_written() -%}
    (select coalesce(max(changed_at), '-infinity') from {{ this }})
{%- endmacro %}


{#- For a post-hook: rows of keys that another table no longer has go. Counting first spares comparing when nothing is gone. -#}
{% macro forget_what_left(relation, key, where='true') -%}
    {% if is_incremental() -%}
        delete from {{ this }} as held
        where
            {{ where }}
            and not exists (
                select 1 from {{ relation }} as there
                where {{ same_key('there', 'held', key) }}
            )
    {%- endif %}
{%- endmacro %}


{#- Before open requests are judged: weeks out of the history go, and unit-weeks that were judged at another moment, by
    another calendar or without the replies of a source (the running one always). One row of a unit-week speaks for all: they are written together. -#}
{% macro forget_open_weeks() -%}
    {% if is_incremental() -%}
        delete from {{ this }} as held
        using (
            select
                built.week_start_on,
                built.unit_id
            from {{ ref('dim_unit_week') }} as unit_weeks
            cross join lateral (
                select one.*
                from {{ this }} as one
                where one.week_start_on = unit_weeks.week_start_on and one.unit_id = unit_weeks.unit_id
                limit 1
            ) as built
            where
                (built.evaluated_at, built.now_business_seconds, built.readable_sources)
                is distinct from (
                    unit_weeks.evaluated_at,
                    unit_weeks.business_seconds,
                    (select string_agg(source_name, ' ' order by source_name) from {{ ref('int_readable_source') }})
                )
        ) as stale
        where held.week_start_on = stale.week_start_on and held.unit_id = stale.unit_id;
        delete from {{ this }} where week_start_on < (select min(week_start_on) from {{ ref('dim_week') }})
    {%- endif %}
{%- endmacro %}


{#- Rules of weeks and schools that are no longer judged go, and those that the theory of action of the week does not know. -#}
{% macro forget_rule_weeks() -%}
    {% if is_incremental() -%}
        {{ forget_what_left(
            ref('service_week'), ['week_start_on', 'school_key', 'unit_id'],
            "held.flag_kind = 'service' and held.rule_id <> 'service_slower_than_elsewhere'"
        ) }};
    {{ forget_what_left(
        ref('int_underserved__comparison_week'), ['week_start_on', 'school_key'],
        "held.rule_id = 'service_slower_than_elsewhere'"
    ) }};
    {{ forget_what_left(ref('partnership_week'), ['week_start_on', 'school_key'], "held.flag_kind = 'partnership'") }};
    delete from {{ this }} as held
    where
        not exists (
            select 1 from {{ ref('dim_underserved_rule') }} as rules
            where
                rules.rule_id = held.rule_id
                and rules.is_in_force
                and {{ covers('rules.valid_from', 'rules.valid_to', 'held.week_start_on') }}
        )
    {%- endif %}
{%- endmacro %}


{#- Weeks of a school after it closed, of a unit that is gone and out of the history go. -#}
{% macro forget_closed_schools() -%}
    {% if is_incremental() -%}
        delete from {{ this }} as held
        where
            not exists (
                select 1
                from {{ ref('dim_unit_week') }} as weeks
                inner join {{ ref('dim_school') }} as schools
                    on coalesce(schools.closed_on, 'infinity'::date) >= weeks.evaluated_before_on
                where
                    weeks.week_start_on = held.week_start_on
                    and weeks.unit_id = held.unit_id
                    and schools.school_key = held.school_key
            )
    {%- endif %}
{%- endmacro %}


{#- Weeks out of the history go; tallies are kept for seven weeks longer, which the first weeks shown look back on. -#}
{% macro forget_old_weeks(kept_before=0) -%}
    {% if is_incremental() -%}
        delete from {{ this }} where week_start_on < (select min(week_start_on) - {{ kept_before }} from {{ ref('dim_week') }})
    {%- endif %}
{%- endmacro %}


{#- Comparisons of weeks out of the history go. What units and types add is kept longer than the weeks of persistence only for
    schools that stood out: it is the largest table. -#}
{% macro forget_old_runs() -%}
    {% if is_incremental() -%}
        delete from {{ this }}
    where
        week_start_on < (select max(week_start_on) from {{ this }}) - 7 * {{ var('history_weeks') }}
        {%- if this.identifier == 'detection_contribution' %}
        or (
            week_start_on <= (select max(week_start_on) from {{ this }}) - 7 * {{ var('detection_weeks') }}
            and not exists (
                select 1 from {{ ref('detection_score') }} as scores
                where
                    scores.run_id = {{ this }}.run_id
                    and scores.clock = {{ this }}.clock
                    and scores.school_key = {{ this }}.school_key
                    and scores.p <= 0.1
            )
        )
        {%- endif %}
    {%- endif %}
{%- endmacro %}


{#- For a pre-hook: the sorts and sums over all requests at risk are worth more memory than a day's small work. -#}
{% macro detection_memory() -%}
    set local work_mem = '{{ var("detection_work_mem") }}'
{%- endmacro %}


{#- Post-hook of every model: statistics of a table that was made anew, so that the planner knows a day's work from a history's
    and does not take a new table for an empty one. -#}
{% macro analyze_if_rebuilt() -%}
    {%- if model.config.materialized == 'table' or (model.config.materialized == 'incremental' and not is_incremental()) -%}
        analyze {{ this }}
    {%- endif -%}
{%- endmacro %}
