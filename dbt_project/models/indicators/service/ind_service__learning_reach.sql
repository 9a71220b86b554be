{{ config(materialized='view') }}

with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        n_reached as numerator,
        n_headcount as denominator,
        n_reached::numeric / nullif(n_headcount, 0) as value,
        n_headcount as n,
        null::numeric as coverage,
        elapsed_share,
        data_as_of
    from {{ ref('unit_learning_period') }}
    where period_type = 'half_year'

),

final as (

    {{ indicator_rows('D3.20', 'unit', watch='limits.watch * measured.elapsed_share') }}

)

select * from final
