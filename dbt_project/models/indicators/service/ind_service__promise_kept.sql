{{ config(materialized='view') }}

with measured as (

    select
        school_key || '/' || unit_id as scope_id,
        week_start_on as period_start_on,
        n_promises_kept as numerator,
        n_promises_due as denominator,
        case when not is_source_late then n_promises_kept::numeric / nullif(n_promises_due, 0) end as value,
        n_promises_due as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('service_week') }}

),

final as (

    {{ indicator_rows('D3.3', 'school_unit') }}

)

select * from final
