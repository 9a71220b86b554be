-- Grain: one indicator while one version of the theory of action was in force: that version's limits, and the catalogue's where
-- the version sets none. Before the first version the catalogue alone holds.
with catalogue as (

    select * from {{ ref('indicators') }}

),

overrides as (

    select * from {{ source('config', 'indicator_limit') }}

),

periods as (

    {{ theory_of_action_periods() }}

),

final as (

    select
        catalogue.indicator_id,
        periods.version_id,
        periods.valid_from,
        periods.valid_to,
        catalogue.direction,
        coalesce(overrides.watch, catalogue.watch)::numeric as watch,
        coalesce(overrides.act, catalogue.act)::numeric as act,
        coalesce(overrides.watch_low, catalogue.watch_low)::numeric as watch_low,
        coalesce(overrides.act_low, catalogue.act_low)::numeric as act_low,
        coalesce(overrides.min_n, catalogue.min_n) as min_n,
        coalesce(overrides.min_coverage, catalogue.min_coverage)::numeric as min_coverage
    from catalogue
    cross join periods
    left join overrides
        on catalogue.indicator_id = overrides.indicator_id and periods.version_id = overrides.version_id

)

select * from final
