-- A project started before there was a theory of action cannot follow from it, whatever it was linked to later.
with quarters as (

    {{ register_periods(['project'], 'quarter') }}

),

projects as (

    select * from {{ ref('project') }}

),

versions as (

    select * from {{ ref('toa_version') }}

),

started as (

    select
        projects.project_key,
        projects.opened_on,
        projects.toa_hypothesis_id is not null
        and exists (
            select 1 from versions
            where {{ covers('versions.valid_from', 'versions.valid_to', 'projects.opened_on') }}
        ) as follows_theory
    from projects

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        count(*) filter (where started.follows_theory) as numerator,
        count(started.project_key) as denominator,
        count(*) filter (where started.follows_theory)::numeric / nullif(count(started.project_key), 0) as value,
        count(started.project_key) as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    left join started
        on started.opened_on >= quarters.period_start_on and started.opened_on < quarters.evaluated_before_on
    group by quarters.district_id, quarters.period_start_on, quarters.coverage, quarters.data_as_of

),

final as (

    {{ indicator_rows('R2.1', 'district') }}

)

select * from final
