with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        sum(n_reopened_soon) as numerator,
        sum(n_solved) as denominator,
        sum(n_reopened_soon) / nullif(sum(n_solved), 0) as value,
        sum(n_solved) as n,
        null::numeric as coverage,
        min(data_as_of) as data_as_of
    from {{ ref('service_month') }}
    group by 1, 2

),

final as (

    {{ indicator_rows('D3.5', 'unit') }}

)

select * from final
