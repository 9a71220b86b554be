{{ config(materialized='view') }}

with measured as (

    select
        unit_id as scope_id,
        closed_on as period_start_on,
        rating_sum as numerator,
        n_responses as denominator,
        rating_sum / nullif(n_responses, 0) as value,
        n_responses as n,
        n_responses::numeric / nullif(n_invited, 0) as coverage,
        data_as_of
    from {{ ref('unit_survey') }}

),

final as (

    {{ indicator_rows('D3.10', 'unit') }}

)

select * from final
