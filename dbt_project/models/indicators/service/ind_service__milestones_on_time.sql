{{ config(materialized='view') }}

with measured as (

    select
        scope_type,
        scope_id,
        period_start_on,
        n_milestones_on_time as numerator,
        n_milestones_due as denominator,
        n_milestones_on_time::numeric / nullif(n_milestones_due, 0) as value,
        n_milestones_due as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('project_month') }}

),

final as (

    {{ indicator_rows('D3.16', 'measured.scope_type') }}

)

select * from final
