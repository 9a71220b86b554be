{{ config(materialized='view') }}

with measured as (

    select
        school_key as scope_id,
        week_start_on as period_start_on,
        n_short_notice_asks as numerator,
        n_asks as denominator,
        n_short_notice_asks::numeric / nullif(n_asks, 0) as value,
        n_asks as n,
        coverage,
        data_as_of
    from {{ ref('central_ask_week') }}

),

final as (

    {{ indicator_rows('D2.9', 'school') }}

)

select * from final
