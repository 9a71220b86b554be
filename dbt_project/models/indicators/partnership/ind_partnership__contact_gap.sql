{{ config(materialized='view') }}

with measured as (

    select
        school_key as scope_id,
        week_start_on as period_start_on,
        instructional_days_since_contact as numerator,
        null::numeric as denominator,
        instructional_days_since_contact as value,
        n_exposure_days as n,
        log_coverage as coverage,
        data_as_of
    from {{ ref('partnership_week') }}

),

final as (

    {{ indicator_rows('D1.4', 'school') }}

)

select * from final
