{{ config(materialized='view') }}

with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        other_business_minutes_median as numerator,
        blocking_business_minutes_median as denominator,
        blocking_speed_ratio as value,
        least(n_blocking, n_other) as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('unit_speed_month') }}

),

final as (

    {{ indicator_rows('D3.8', 'unit') }}

)

select * from final
