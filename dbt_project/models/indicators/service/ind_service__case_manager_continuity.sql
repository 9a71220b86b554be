{{ config(materialized='view') }}

with measured as (

    select
        school_key || '/' || unit_id as scope_id,
        period_start_on,
        n_changes as numerator,
        null::numeric as denominator,
        n_changes as value,
        n_days_due as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('case_manager_year') }}

),

final as (

    {{ indicator_rows('D3.12', 'school_unit') }}

)

select * from final
