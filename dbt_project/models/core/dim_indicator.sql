-- Grain: one indicator of the catalogue, with the limits in force at the as-of moment.
with catalogue as (

    select * from {{ ref('indicators') }}

),

limits as (

    select limits.*
    from {{ ref('dim_indicator_limit') }} as limits
    cross join {{ ref('dim_as_of') }} as as_of
    where {{ covers('limits.valid_from', 'limits.valid_to', 'as_of.as_of_on') }}

),

final as (

    select
        catalogue.indicator_id,
        catalogue.dimension,
        catalogue.part,
        catalogue.name as indicator_name,
        catalogue.period_type,
        catalogue.direction,
        limits.version_id,
        limits.watch,
        limits.act,
        limits.watch_low,
        limits.act_low,
        limits.min_n,
        limits.min_coverage
    from catalogue
    left join limits on catalogue.indicator_id = limits.indicator_id

)

select * from final
