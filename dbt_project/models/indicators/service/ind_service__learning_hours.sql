{{ config(materialized='view') }}

with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        learning_hours as numerator,
        average_fte as denominator,
        learning_hours / nullif(average_fte, 0) as value,
        n_headcount as n,
        null::numeric as coverage,
        elapsed_share,
        data_as_of
    from {{ ref('unit_learning_period') }}
    where period_type = 'quarter'

),

final as (

    {{ indicator_rows('D3.19', 'unit', watch='limits.watch * measured.elapsed_share') }}

)

select * from final
