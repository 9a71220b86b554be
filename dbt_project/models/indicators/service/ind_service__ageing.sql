{{ config(materialized='view') }}

with measured as (

    select
        school_key || '/' || unit_id as scope_id,
        week_start_on as period_start_on,
        n_ageing as numerator,
        n_open as denominator,
        case when not is_source_late then n_ageing end as value,
        greatest(n_open, 1) as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('service_week') }}

),

final as (

    {{ indicator_rows('D3.4', 'school_unit') }}

)

select * from final
