{{ config(materialized='view') }}

with measured as (

    select
        school_key || '/' || unit_id as scope_id,
        week_start_on as period_start_on,
        n_uncovered_days as numerator,
        null::numeric as denominator,
        n_uncovered_days as value,
        1 as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('service_week') }}

),

final as (

    {{ indicator_rows('D3.11', 'school_unit') }}

)

select * from final
