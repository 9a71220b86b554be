{{ config(materialized='view') }}

with measured as (

    select
        ild_staff_id as scope_id,
        period_start_on,
        n_steps_reviewed as numerator,
        n_steps_due as denominator,
        n_steps_reviewed::numeric / nullif(n_steps_due, 0) as value,
        n_steps_due as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('ild_period') }}
    where period_type = 'month'

),

final as (

    {{ indicator_rows('D1.12', 'ild') }}

)

select * from final
