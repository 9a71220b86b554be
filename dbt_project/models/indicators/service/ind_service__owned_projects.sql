{{ config(materialized='view') }}

with measured as (

    select
        scope_id,
        period_start_on,
        n_owned_cross_unit as numerator,
        n_open_projects as denominator,
        n_owned_cross_unit::numeric / nullif(n_open_projects, 0) as value,
        n_open_projects as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('project_month') }}
    where scope_type = 'district'

),

final as (

    {{ indicator_rows('D3.17', 'district') }}

)

select * from final
