{{ config(
    tags=['detection_method'],
    unlogged=true,
    pre_hook=['{{ detection_memory() }}', '{{ join_by_hash() }}'],
) }}

-- Grain: one comparison of the school year to date, unit and type (`kind_no`) x four weeks of opening x step of waiting: the pace
-- at which requests of all priorities together are resolved. Four weeks with fewer than 20 requests, or fewer than 5 schools in
-- each of their priorities, are counted with all such few ones of the unit and type.
-- Known gap: within a step all are taken to end at its end; waits are 5 % apart at most.
with placed as not materialized (

    select * from {{ ref('int_detection__placed') }}

),

runs as (

    select distinct run_id
    from {{ ref('int_detection__run_unit') }}
    where window_name = 'year'

),

strata as (

    select * from {{ ref('int_detection__stratum') }}

),

-- The four weeks of opening that are large enough stand alone, the others share a null.
bands as (

    select
        strata.kind_no,
        strata.opened_band,
        case when sum(strata.n_requests) >= 20 and max(strata.n_schools) >= 5 then strata.opened_band end as pooled_band
    from strata
    inner join runs on strata.run_id = runs.run_id
    group by 1, 2

),

year_kinds as (

    select distinct kind_no
    from bands

),

points as (

    {{ detection_any_priority_points([]) }}

),

band_steps as (

    select
        kind_no,
        opened_band,
        waiting_step,
        sum(w) as w,
        coalesce(sum(w) filter (where is_event), 0) as event_weight
    from points
    group by 1, 2, 3

),

placed_steps as (

    select
        band_steps.*,
        bands.pooled_band
    from band_steps
    inner join bands on band_steps.kind_no = bands.kind_no and band_steps.opened_band = bands.opened_band

),

-- Steps of several four weeks that count together are peers of each other, so that `range` takes them at once.
at_risk as (

    select
        *,
        sum(w) over (partition by kind_no, pooled_band order by waiting_step desc range unbounded preceding) as weight_at_risk
    from placed_steps

),

final as (

    select
        kind_no,
        opened_band,
        waiting_step,
        pooled_band,
        weight_at_risk,
        event_weight,
        sum(case when event_weight > 0 then event_weight / weight_at_risk else 0 end) over (
            partition by kind_no, pooled_band order by waiting_step range unbounded preceding
        ) as cumulative_hazard
    from at_risk

)

select * from final
