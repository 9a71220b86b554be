{{ config(materialized='view') }}

with measured as (

    select
        ild_staff_id as scope_id,
        period_start_on,
        n_issues_handed_over as numerator,
        n_issues_due as denominator,
        n_issues_handed_over::numeric / nullif(n_issues_due, 0) as value,
        n_issues_due as n,
        null::numeric as coverage,
        evaluated_at as data_as_of
    from {{ ref('ild_period') }}
    where period_type = 'month'

),

final as (

    {{ indicator_rows('D2.4', 'ild') }}

)

select * from final
