{{ config(materialized='view') }}

with measured as (

    select
        ild_staff_id as scope_id,
        week_start_on as period_start_on,
        n_schools as numerator,
        fte as denominator,
        n_schools / nullif(fte, 0) as value,
        n_schools as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('ild_week') }}

),

final as (

    {{ indicator_rows('D1.3', 'ild') }}

)

select * from final
