-- Grain: one indicator of the catalogue, with the district's own limits where it set any.
with catalogue as (

    select * from {{ ref('indicators') }}

),

overrides as (

    select * from {{ source('config', 'threshold') }}

),

final as (

    select
        catalogue.indicator_id,
        catalogue.dimension,
        catalogue.name as indicator_name,
        catalogue.direction,
        coalesce(overrides.watch, catalogue.watch)::numeric as watch,
        coalesce(overrides.act, catalogue.act)::numeric as act,
        catalogue.watch_low::numeric as watch_low,
        coalesce(overrides.min_n, catalogue.min_n) as min_n,
        coalesce(overrides.min_coverage, catalogue.min_coverage)::numeric as min_coverage
    from catalogue
    left join overrides on catalogue.indicator_id = overrides.indicator_id

)

select * from final
