{{ config(materialized='view') }}

with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        n_boomerangs as numerator,
        n_transfers as denominator,
        n_boomerangs::numeric / nullif(n_transfers, 0) as value,
        n_transfers as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('unit_assistance_month') }}

),

final as (

    {{ indicator_rows('D2.5', 'unit') }}

)

select * from final
