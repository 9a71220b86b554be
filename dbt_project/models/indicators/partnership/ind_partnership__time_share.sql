{{ config(materialized='view') }}

with measured as (

    select
        ild_staff_id as scope_id,
        week_start_on as period_start_on,
        il_minutes as numerator,
        worked_minutes as denominator,
        il_minutes / nullif(worked_minutes, 0) as value,
        worked_minutes as n,
        time_coverage as coverage,
        data_as_of
    from {{ ref('ild_week') }}

),

final as (

    {{ indicator_rows('D1.1', 'ild') }}

)

select * from final
