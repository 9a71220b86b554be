-- Every unit, those without a single cycle included: learning is everybody's.
with quarters as (

    {{ register_periods(['evidence_cycle'], 'quarter') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

cycles as (

    select * from {{ ref('evidence_cycle') }}

),

measured as (

    select
        units.unit_id as scope_id,
        quarters.period_start_on,
        count(*) filter (
            where cycles.closed_on >= quarters.period_start_on and cycles.closed_on < quarters.evaluated_before_on
        ) as numerator,
        count(*) filter (
            where cycles.opened_on >= quarters.period_start_on and cycles.opened_on < quarters.evaluated_before_on
        ) as denominator,
        count(*) filter (
            where cycles.closed_on >= quarters.period_start_on and cycles.closed_on < quarters.evaluated_before_on
        ) as value,
        count(*) filter (
            where cycles.opened_on < quarters.evaluated_before_on
            and coalesce(cycles.closed_on, 'infinity') >= quarters.period_start_on
        ) as n,
        quarters.coverage_of_whole as coverage,
        quarters.data_as_of
    from quarters
    cross join units
    left join cycles on units.unit_id = cycles.unit_id
    group by units.unit_id, quarters.period_start_on, quarters.coverage_of_whole, quarters.data_as_of

),

final as (

    {{ indicator_rows('D5.1', 'unit') }}

)

select * from final
