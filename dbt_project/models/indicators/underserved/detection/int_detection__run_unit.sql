-- Grain: one comparison and one service unit: where the unit's business clock stood when the window began, and when it ends.
-- The end is the as-of moment, or how far the unit's help desk has told by then: an open request is known to have waited until
-- that moment, and not longer.
with runs as (

    select * from {{ ref('int_detection__run') }}

),

unit_sources as (

    select * from {{ ref('int_unit_source') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

bounded as (

    select
        runs.run_id,
        runs.week_start_on,
        runs.window_name,
        unit_sources.unit_id,
        runs.starts_on,
        (runs.starts_on::timestamp at time zone as_of.timezone) as starts_at,
        least(runs.ends_at, unit_sources.source_at) as ends_at
    from runs
    cross join as_of
    cross join unit_sources

),

final as (

    select
        run_id,
        week_start_on,
        window_name,
        unit_id,
        starts_on,
        starts_at,
        ends_at,
        coalesce({{ business_seconds_at('bounded.unit_id', 'bounded.starts_at') }}, 0)::bigint as starts_business_seconds,
        {{ business_seconds_at('bounded.unit_id', 'bounded.ends_at') }}::bigint as ends_business_seconds
    from bounded
    where starts_at < ends_at

)

select * from final
