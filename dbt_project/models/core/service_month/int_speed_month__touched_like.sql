{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['period_start_on', 'unit_id', 'request_type', 'priority', 'school_key'],
        indexes=[{'columns': ['period_start_on', 'unit_id', 'request_type', 'priority', 'school_key'], 'unique': true}],
        post_hook='{{ forget_months_before_history() }}',
    )
}}

-- Grain: requests of one type and priority (0: none told) that one school asked of a unit in one month, once one of them has
-- come, gone or changed in how long it took, and when that was last noticed.
-- depends_on: {{ ref('dim_period') }}
with changed as (

    {{ changed_outcomes([
        'request_key', 'opened_month', 'unit_id', 'request_type', 'priority', 'school_key', 'is_withdrawn', 'resolved_on',
        'resolution_business_minutes'
    ]) }}

),

final as (

    select distinct
        opened_month as period_start_on,
        unit_id,
        request_type,
        coalesce(priority, 0) as priority,
        school_key,
        now() as changed_at
    from changed

)

select * from final
