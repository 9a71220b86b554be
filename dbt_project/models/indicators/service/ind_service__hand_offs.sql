with measured as (

    select
        unit_id as scope_id,
        period_start_on,
        sum(n_group_changes) as numerator,
        sum(n_not_withdrawn) as denominator,
        sum(n_group_changes) / nullif(sum(n_not_withdrawn), 0) as value,
        sum(n_not_withdrawn) as n,
        null::numeric as coverage,
        min(data_as_of) as data_as_of
    from {{ ref('service_month') }}
    group by 1, 2

),

final as (

    {{ indicator_rows('D3.6', 'unit') }}

)

select * from final
