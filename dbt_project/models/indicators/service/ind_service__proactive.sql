{{ config(materialized='view') }}

with measured as (

    select
        school_key || '/' || unit_id as scope_id,
        period_start_on,
        n_begun_by_unit as numerator,
        n_contacts as denominator,
        n_begun_by_unit::numeric / nullif(n_contacts, 0) as value,
        n_contacts as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('unit_contact_month') }}

),

final as (

    {{ indicator_rows('D3.14', 'school_unit') }}

)

select * from final
