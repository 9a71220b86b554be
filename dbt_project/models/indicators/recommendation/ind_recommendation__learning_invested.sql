-- Watched when below the same stretch of the year before: what is asked for is an investment that is sustained.
with measured as (

    select
        scope_type,
        scope_id,
        period_start_on,
        learning_hours as numerator,
        average_fte as denominator,
        learning_hours / nullif(average_fte, 0) as value,
        previous_learning_hours / nullif(previous_average_fte, 0) as previous_value,
        average_fte as n,
        coverage,
        data_as_of
    from {{ ref('learning_year') }}

),

final as (

    {{ indicator_rows('R3.1', 'measured.scope_type', watch='measured.previous_value') }}

)

select * from final
