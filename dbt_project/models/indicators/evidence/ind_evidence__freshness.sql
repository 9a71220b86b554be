{{ config(materialized='view') }}

with measured as (

    select
        source_name as scope_id,
        day as period_start_on,
        sum(n_on_time) as numerator,
        sum(n_due) as denominator,
        sum(n_on_time)::numeric / nullif(sum(n_due), 0) as value,
        sum(n_due) as n,
        null::numeric as coverage,
        max(evaluated_at) as data_as_of
    from {{ ref('load_day') }}
    group by 1, 2

),

final as (

    {{ indicator_rows('D5.7', 'source') }}

)

select * from final
