{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['period_start_on', 'unit_id', 'is_instruction_blocking'],
        indexes=[{'columns': ['period_start_on', 'unit_id', 'is_instruction_blocking'], 'unique': true}],
        post_hook='{{ forget_months_before_history() }}',
    )
}}

-- Grain: requests of one unit opened in one month that block instruction, or that do not, once one of them has come, gone or
-- changed in how long it took, and when that was last noticed. A request that only moves to another school changes nothing here.
-- depends_on: {{ ref('dim_period') }}
with changed as (

    {{ changed_outcomes([
        'request_key', 'opened_month', 'unit_id', 'is_instruction_blocking', 'is_withdrawn', 'resolved_on',
        'resolution_business_minutes'
    ]) }}

),

final as (

    select distinct
        opened_month as period_start_on,
        unit_id,
        is_instruction_blocking,
        now() as changed_at
    from changed
    where is_instruction_blocking is not null

)

select * from final
