{{ config(materialized='view') }}

with measured as (

    select
        ild_staff_id as scope_id,
        period_start_on,
        n_visits_broken as numerator,
        n_visits_planned as denominator,
        n_visits_broken::numeric / nullif(n_visits_planned, 0) as value,
        n_visits_planned as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('ild_period') }}
    where period_type = 'month'

),

final as (

    {{ indicator_rows('D2.6', 'ild') }}

)

select * from final
