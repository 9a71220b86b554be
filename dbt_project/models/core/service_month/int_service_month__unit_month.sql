-- Grain: one service unit in one month of the history that is shown: when it is judged, and until when it is looked at again.
-- What happens within the settling days after a month (a reopening, a project) still belongs to it; afterwards only a change of
-- one of its requests does. `data_as_of` is how far the desks that hold the unit's requests had told.
with months as (

    select * from {{ ref('dim_period') }}
    where period_type = 'month'

),

unit_sources as (

    select * from {{ ref('int_unit_source') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

final as (

    select
        months.period_start_on,
        unit_sources.unit_id,
        months.period_end_on,
        months.evaluated_before_on,
        months.evaluated_at,
        least(
            (months.period_end_on::timestamp at time zone as_of.timezone)
            + greatest({{ var('reopened_soon_days') }}, {{ var('cluster_project_days') }}) * interval '1 day',
            as_of.as_of_at
        ) as settled_at,
        least(coalesce(unit_sources.source_at, as_of.as_of_at), months.evaluated_at) as data_as_of
    from months
    cross join unit_sources
    cross join as_of

)

select * from final
