-- The value is the share of the office's own experience; the other kinds stand beside it in evidence_cycle_quarter.
with quarters as (

    {{ register_periods(['evidence_item'], 'quarter') }}

),

items as (

    select * from {{ ref('evidence_item') }}

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        count(*) filter (where items.kind = 'experience') as numerator,
        count(items.item_key) as denominator,
        count(*) filter (where items.kind = 'experience')::numeric / nullif(count(items.item_key), 0) as value,
        count(items.item_key) as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    left join items
        on items.collected_on >= quarters.period_start_on and items.collected_on < quarters.evaluated_before_on
    group by quarters.district_id, quarters.period_start_on, quarters.coverage, quarters.data_as_of

),

final as (

    {{ indicator_rows('D5.4', 'district') }}

)

select * from final
