{{ config(materialized='view') }}

-- A contact that does not say of what type it was, or whether the ILD knew, is unknown, not a bypass: it lowers the coverage.
with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        n_bypasses as numerator,
        n_told_contacts as denominator,
        n_bypasses::numeric / nullif(n_told_contacts, 0) as value,
        n_told_contacts as n,
        n_typed_contacts::numeric / nullif(n_contacts, 0)
        * n_told_contacts / nullif(n_substantive_contacts, 0) as coverage,
        contacts_as_of as data_as_of
    from {{ ref('unit_assistance_month') }}

),

final as (

    {{ indicator_rows('D2.7', 'unit') }}

)

select * from final
