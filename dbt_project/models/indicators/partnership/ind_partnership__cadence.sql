{{ config(materialized='view') }}

with measured as (

    select
        school_key as scope_id,
        week_start_on as period_start_on,
        n_windows_met as numerator,
        n_windows_elapsed as denominator,
        cadence_share as value,
        n_windows_elapsed as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('partnership_week') }}

),

final as (

    {{ indicator_rows('D1.5', 'school') }}

)

select * from final
