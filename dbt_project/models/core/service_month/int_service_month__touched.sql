{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['period_start_on', 'unit_id', 'school_key'],
        indexes=[{'columns': ['period_start_on', 'unit_id', 'school_key'], 'unique': true}, {'columns': ['changed_at']}],
        post_hook='{{ forget_months_before_history() }}',
    )
}}

-- Grain: one cell (school, unit, month) that a request has entered, left or changed in since the tables were made, and when that
-- was last noticed. It is built before `request_month_outcome`, which therefore still holds what each touched request said
-- before: a request that moved to another unit is taken out of the months of the old one.
-- depends_on: {{ ref('dim_period') }}
-- depends_on: {{ ref('int_build') }}
{%- set before = left_by_last_build('request_month_outcome') %}
{%- set is_everything = is_incremental() and before and is_everything_touched(this) %}
with outcomes_after as (

    select outcome.*
    from {{ ref('int_service_month__outcome') }} as outcome
    {% if not is_everything %}
        -- A join would have the view worked out for every request first; an array goes down to the keys.
        where outcome.request_key = any(array(select touched.request_key from {{ ref('int_touched_request') }} as touched))
    {% endif %}

),

outcomes_before as (

    select held.*
    from {{ before or ref('int_service_month__outcome') }} as held
    {% if not is_everything %}
        inner join {{ ref('int_touched_request') }} as touched on held.request_key = touched.request_key
    {% endif %}
    {{ 'where false' if not before }}

),

entered as (

    select * from outcomes_after
    except
    select * from outcomes_before

),

left_behind as (

    select * from outcomes_before
    except
    select * from outcomes_after

),

changed as (

    select * from entered
    union all
    select * from left_behind

),

final as (

    select distinct
        month.period_start_on,
        changed.unit_id,
        changed.school_key,
        now() as changed_at
    from changed
    cross join
        lateral (
            values (changed.opened_month), (changed.solved_month), (changed.resolved_month)
        ) as month (period_start_on)
    where month.period_start_on is not null

)

select * from final
{% if not is_incremental() %}
    where false -- the first build counts every cell
{% endif %}
