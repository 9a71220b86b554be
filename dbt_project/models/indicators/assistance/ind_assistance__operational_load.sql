{{ config(materialized='view') }}

with measured as (

    select
        ild_staff_id as scope_id,
        week_start_on as period_start_on,
        operational_minutes as numerator,
        worked_minutes as denominator,
        operational_minutes / nullif(worked_minutes, 0) as value,
        worked_minutes as n,
        time_coverage as coverage,
        data_as_of
    from {{ ref('ild_week') }}

),

final as (

    {{ indicator_rows('D2.3', 'ild') }}

)

select * from final
