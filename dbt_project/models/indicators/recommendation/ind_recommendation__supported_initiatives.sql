-- Initiatives under way at any time of the quarter.
with quarters as (

    {{ register_periods(['project'], 'quarter') }}

),

initiatives as (

    select * from {{ ref('project') }}
    where is_initiative

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        count(*) filter (where initiatives.has_support_plan) as numerator,
        count(initiatives.project_key) as denominator,
        count(*) filter (where initiatives.has_support_plan)::numeric / nullif(count(initiatives.project_key), 0) as value,
        count(initiatives.project_key) as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    left join initiatives
        on
            initiatives.opened_on < quarters.evaluated_before_on
            and coalesce(initiatives.closed_on, 'infinity') > quarters.period_start_on
    group by quarters.district_id, quarters.period_start_on, quarters.coverage, quarters.data_as_of

),

final as (

    {{ indicator_rows('R1.2', 'district') }}

)

select * from final
