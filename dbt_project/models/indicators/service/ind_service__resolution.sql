{{ config(materialized='view') }}

with measured as (

    select
        school_key || '/' || unit_id as scope_id,
        week_start_on as period_start_on,
        null::numeric as numerator,
        n_resolutions as denominator,
        case when not is_source_late then resolution_business_minutes_median end as value,
        n_resolutions as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('service_week') }}
    where n_resolutions > 0

),

final as (

    {{ indicator_rows('D3.2', 'school_unit') }}

)

select * from final
