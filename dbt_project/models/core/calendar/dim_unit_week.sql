{{ config(indexes=[{'columns': ['unit_id', 'week_start_on'], 'unique': true}]) }}

-- Grain: one service unit in one week: where its business clock stood when the week was judged.
with units as (

    select * from {{ ref('dim_service_unit') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

final as (

    select
        weeks.week_start_on,
        units.unit_id,
        weeks.evaluated_at,
        weeks.evaluated_before_on,
        weeks.counts_for_service,
        {{ business_seconds_at('units.unit_id', 'weeks.evaluated_at') }} as business_seconds
    from weeks
    cross join units

)

select * from final
