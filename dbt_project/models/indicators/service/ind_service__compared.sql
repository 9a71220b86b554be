{{ config(materialized='view') }}

-- Judged by q: how often a school picked out by such a difference would be picked out by chance. The size of the difference
-- stands in detection_school_week.
with measured as (

    select
        school_key as scope_id,
        week_start_on as period_start_on,
        observed as numerator,
        expected as denominator,
        q as value,
        floor(effective_expected) as n,
        null::numeric as coverage,
        data_as_of
    from {{ ref('detection_school_week') }}

),

final as (

    {{ indicator_rows('D3.23', 'school') }}

)

select * from final
