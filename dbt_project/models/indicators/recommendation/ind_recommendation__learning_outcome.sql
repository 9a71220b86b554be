-- Projects under way at any time of the quarter.
with quarters as (

    {{ register_periods(['project'], 'quarter') }}

),

projects as (

    select * from {{ ref('project') }}

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        count(*) filter (where projects.has_learning_outcome) as numerator,
        count(projects.project_key) as denominator,
        count(*) filter (where projects.has_learning_outcome)::numeric / nullif(count(projects.project_key), 0) as value,
        count(projects.project_key) as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    left join projects
        on
            projects.opened_on < quarters.evaluated_before_on
            and coalesce(projects.closed_on, 'infinity') > quarters.period_start_on
    group by quarters.district_id, quarters.period_start_on, quarters.coverage, quarters.data_as_of

),

final as (

    {{ indicator_rows('R2.2', 'district') }}

)

select * from final
