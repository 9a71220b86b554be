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
        count(*) filter (where resources.has_hypothesis) as numerator,
        count(resources.resource_key) as denominator,
        count(*) filter (where resources.has_hypothesis)::numeric / nullif(count(resources.resource_key), 0) as value,
        count(resources.resource_key) as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    left join resources on {{ covers('resources.valid_from', 'resources.valid_to', 'quarters.evaluated_before_on - 1') }}
    group by quarters.district_id, quarters.period_start_on, quarters.coverage, quarters.data_as_of

),

final as (

    {{ indicator_rows('D4.8', 'district') }}

)

select * from final
