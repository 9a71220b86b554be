{{ config(materialized='view') }}

-- A person who looks after schools for two units has one caseload.
with measured as (

    select
        staff_id as scope_id,
        week_start_on as period_start_on,
        sum(n_schools) as numerator,
        null::numeric as denominator,
        sum(n_schools) as value,
        sum(n_schools) as n,
        null::numeric as coverage,
        min(data_as_of) as data_as_of
    from {{ ref('case_manager_caseload') }}
    group by 1, 2

),

final as (

    {{ indicator_rows('D3.15', 'case_manager') }}

)

select * from final
