-- How much there is from outside is context and never calls for anything; that it ends soon with nothing to follow does. Money
-- and months stand in stewardship_month.
with quarters as (

    {{ register_periods(['external_resource'], 'quarter') }}

),

resources as (

    select * from {{ ref('external_resource') }}

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        count(*) filter (
            where not resources.has_successor
            and resources.valid_to - quarters.evaluated_before_on < {{ var('resource_notice_days') }}
        ) as numerator,
        count(resources.resource_key) as denominator,
        count(*) filter (
            where not resources.has_successor
            and resources.valid_to - quarters.evaluated_before_on < {{ var('resource_notice_days') }}
        ) as value,
        count(resources.resource_key) as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    left join resources on {{ covers('resources.valid_from', 'resources.valid_to', 'quarters.evaluated_before_on - 1') }}
    group by quarters.district_id, quarters.period_start_on, quarters.coverage, quarters.data_as_of

),

final as (

    {{ indicator_rows('D4.7', 'district') }}

)

select * from final
