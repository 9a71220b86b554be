{{ config(materialized='view') }}

-- A month without a directive is a month with none over the ILDs, as long as the register reaches it.
with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        n_directives_not_routed as numerator,
        n_directives as denominator,
        n_directives_not_routed as value,
        n_directives as n,
        ask_coverage * coalesce(n_told_directives::numeric / nullif(n_directives, 0), 1) as coverage,
        asks_as_of as data_as_of
    from {{ ref('unit_assistance_month') }}
    where asks_as_of is not null and n_directives is not null

),

final as (

    {{ indicator_rows('D2.8', 'unit') }}

)

select * from final
