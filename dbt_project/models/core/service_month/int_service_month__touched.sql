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
-- was last noticed.
-- depends_on: {{ ref('dim_period') }}
{%- set told = built_columns(ref('int_service_month__change'), without=['is_after']) %}
with changed as (

    {{ changed_outcomes(told) }}

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
