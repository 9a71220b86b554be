{{ config(materialized='view') }}

-- How long the two have been paired stands beside it in partnership_school_week.
with measured as (

    select
        school_key as scope_id,
        week_start_on as period_start_on,
        n_changes_12_months as numerator,
        null::numeric as denominator,
        n_changes_12_months as value,
        n_known_days_12_months as n,
        n_known_days_12_months / 365.0 as coverage,
        data_as_of
    from {{ ref('pairing_week') }}

),

final as (

    {{ indicator_rows('D1.9', 'school') }}

)

select * from final
