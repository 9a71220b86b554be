-- Dimensions 1 to 4 with a cycle open at any time of the quarter; how many units have one stands in evidence_cycle_quarter.
with quarters as (

    {{ register_periods(['evidence_cycle'], 'quarter') }}

),

cycles as (

    select * from {{ ref('evidence_cycle') }}
    where dimension in ('D1', 'D2', 'D3', 'D4')

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        count(distinct cycles.dimension) as numerator,
        4 as denominator,
        count(distinct cycles.dimension) / 4.0 as value,
        count(cycles.cycle_key) as n,
        quarters.coverage_of_whole as coverage,
        quarters.data_as_of
    from quarters
    left join cycles
        on
            cycles.opened_on < quarters.evaluated_before_on
            and coalesce(cycles.closed_on, 'infinity') >= quarters.period_start_on
    group by quarters.district_id, quarters.period_start_on, quarters.coverage_of_whole, quarters.data_as_of

),

final as (

    {{ indicator_rows('D5.5', 'district') }}

)

select * from final
