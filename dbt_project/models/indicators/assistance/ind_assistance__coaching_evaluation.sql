{{ config(materialized='view') }}

with measured as (

    select
        ild_staff_id as scope_id,
        period_start_on,
        n_evaluation_tagged_contacts as numerator,
        n_tagged_il_contacts as denominator,
        n_evaluation_tagged_contacts::numeric / nullif(n_tagged_il_contacts, 0) as value,
        n_tagged_il_contacts as n,
        least(coalesce(log_coverage, 0), n_tagged_il_contacts::numeric / nullif(n_il_contacts, 0)) as coverage,
        data_as_of
    from {{ ref('ild_period') }}
    where period_type = 'half_year'

),

final as (

    {{ indicator_rows('D2.11', 'ild') }}

)

select * from final
