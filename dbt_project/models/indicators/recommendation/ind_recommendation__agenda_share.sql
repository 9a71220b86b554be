with months as (

    {{ register_periods(['agenda_item'], 'month') }}

),

items as (

    select * from {{ ref('agenda_item') }}
    where forum = 'cabinet'

),

measured as (

    select
        months.district_id as scope_id,
        months.period_start_on,
        coalesce(sum(items.minutes) filter (where items.is_transformation), 0) as numerator,
        coalesce(sum(items.minutes), 0) as denominator,
        coalesce(sum(items.minutes) filter (where items.is_transformation), 0)::numeric
        / nullif(sum(items.minutes), 0) as value,
        count(distinct items.met_on) as n,
        months.coverage,
        months.data_as_of
    from months
    left join items on items.met_on >= months.period_start_on and items.met_on < months.evaluated_before_on
    group by months.district_id, months.period_start_on, months.coverage, months.data_as_of

),

final as (

    {{ indicator_rows('R1.1', 'district') }}

)

select * from final
