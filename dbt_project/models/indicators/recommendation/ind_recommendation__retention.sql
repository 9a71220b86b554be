{{ config(materialized='view') }}

with measured as (

    select
        district_id as scope_id,
        period_start_on,
        n_ilds_stayed as numerator,
        n_ilds_at_start as denominator,
        n_ilds_stayed::numeric / nullif(n_ilds_at_start, 0) as value,
        n_ilds_at_start as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('interface_year') }}

),

final as (

    {{ indicator_rows('R3.3', 'district') }}

)

select * from final
