{{ config(materialized='view') }}

with measured as (

    select
        school_key as scope_id,
        week_start_on as period_start_on,
        n_substitutes_filled as numerator,
        n_substitutes_requested as denominator,
        n_substitutes_filled::numeric / nullif(n_substitutes_requested, 0) as value,
        n_substitutes_requested as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('staffing_week') }}
    where n_substitutes_requested is not null

),

final as (

    {{ indicator_rows('D3.22', 'school') }}

)

select * from final
