with quarters as (

    {{ register_periods(['evidence_cycle'], 'quarter') }}

),

cycles as (

    select * from {{ ref('evidence_cycle') }}
    where unit_id is not null and days_to_change >= 0

),

measured as (

    select
        cycles.unit_id as scope_id,
        quarters.period_start_on,
        null::numeric as numerator,
        count(*) as denominator,
        percentile_cont(0.5) within group (order by cycles.days_to_change) as value,
        count(*) as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    inner join cycles
        on cycles.changed_on >= quarters.period_start_on and cycles.changed_on < quarters.evaluated_before_on
    group by cycles.unit_id, quarters.period_start_on, quarters.coverage, quarters.data_as_of

),

final as (

    {{ indicator_rows('D5.2', 'unit') }}

)

select * from final
