{#- Months of a unit that a build has to count again: those a request has entered, left or changed in since this table was last
    written, those it does not hold, and those judged at another moment than the one held (the running month, and each month until
    what happened in it can no longer change its indicators). All of them on a first build. Columns: period_start_on, unit_id,
    period_end_on, evaluated_before_on, evaluated_at, settled_at, data_as_of. -#}
{% macro unit_months_to_count() -%}
    select grid.*
    from {{ ref('int_service_month__unit_month') }} as grid
    {% if is_incremental() %}
        left join {{ this }} as held
            on grid.period_start_on = held.period_start_on and grid.unit_id = held.unit_id
        left join {{ ref('int_service_month__touched') }} as touched
            on
                grid.period_start_on = touched.period_start_on
                and grid.unit_id = touched.unit_id
                and touched.changed_at > {{ last_written() }}
        where
            touched.changed_at is not null
            or held.changed_at is null
            or held.settled_at is distinct from grid.settled_at
        -- One month of a unit may be several rows of either.
        group by
            grid.period_start_on, grid.unit_id, grid.period_end_on, grid.evaluated_before_on, grid.evaluated_at,
            grid.settled_at, grid.data_as_of
    {% endif %}
{%- endmacro %}


{#- For a post-hook: months out of the history that is shown go, as a full build would not make them. -#}
{% macro forget_months_before_history() -%}
    {% if is_incremental() -%}
        delete from {{ this }}
        where period_start_on < (select min(period_start_on) from {{ ref('dim_period') }} where period_type = 'month')
    {%- endif %}
{%- endmacro %}
