{{ config(materialized='view') }}

with measured as (

    select
        school_key as scope_id,
        week_start_on as period_start_on,
        n_unpaired_days as numerator,
        n_principal_days as denominator,
        n_unpaired_days as value,
        n_principal_days as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('partnership_week') }}

),

final as (

    {{ indicator_rows('D1.10', 'school') }}

)

select * from final
