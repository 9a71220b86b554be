{{ config(materialized='view') }}

with measured as (

    select
        scope_type,
        scope_id,
        period_start_on,
        n_ready as numerator,
        n_assignments as denominator,
        n_ready::numeric / nullif(n_assignments, 0) as value,
        n_assignments as n,
        coverage,
        data_as_of
    from {{ ref('interface_month') }}

),

final as (

    {{ indicator_rows('R3.2', 'measured.scope_type') }}

)

select * from final
