{{ config(materialized='view') }}

with measured as (

    select
        school_key || '/' || unit_id as scope_id,
        period_start_on,
        n_owned_by_case_manager as numerator,
        n_with_case_manager as denominator,
        n_owned_by_case_manager::numeric / nullif(n_with_case_manager, 0) as value,
        n_with_case_manager as n,
        n_with_case_manager::numeric / nullif(n_resolved, 0) as coverage,
        data_as_of
    from {{ ref('service_month') }}
    where school_key <> '' and case_managers_digest is not null

),

final as (

    {{ indicator_rows('D3.13', 'school_unit') }}

)

select * from final
