{{ config(materialized='view') }}

with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        n_site_days as numerator,
        n_working_days as denominator,
        n_site_days::numeric / nullif(n_working_days, 0) as value,
        n_working_days as n,
        n_staff_with_calendar::numeric / nullif(n_staff, 0) as coverage,
        data_as_of
    from {{ ref('unit_site_month') }}

),

final as (

    {{ indicator_rows('D3.21', 'unit') }}

)

select * from final
