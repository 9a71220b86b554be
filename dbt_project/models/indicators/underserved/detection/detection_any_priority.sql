{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='run_id',
        on_schema_change='append_new_columns',
        full_refresh=false,
        tags=['detection_method'],
        indexes=[{'columns': ['run_id', 'school_key'], 'unique': true}, {'columns': ['week_start_on']}],
        pre_hook=['{{ detection_memory() }}', '{{ join_by_hash() }}', 'set local enable_mergejoin = off'],
        post_hook='{{ forget_old_runs() }}',
    )
}}

-- Grain: one comparison of the school year to date and school: how long its requests take to be resolved against those of the
-- others, when requests of all priorities count as identical. Beside it the same ratio by priority: a school whose requests are
-- given too low a priority is slow by the first and not by the second. Plain ratios, with neither interval nor test.
-- The school's own requests are taken out of its reference by unit and type: the others were done (O of all - O) / (E of all - E)
-- times as often as the common pace has it. A kind of request that only this school has says nothing.
with placed as not materialized (

    select * from {{ ref('int_detection__placed') }}

),

hazards as (

    select * from {{ ref('int_detection__any_priority_hazard') }}

),

runs as (

    select distinct
        run_id,
        week_start_on
    from {{ ref('int_detection__run_unit') }}
    where window_name = 'year'

),

scores as (

    select * from {{ ref('detection_score') }}
    where clock = 'resolution'

),

year_kinds as (

    select distinct
        strata.run_id,
        strata.kind_no
    from {{ ref('int_detection__stratum') }} as strata
    inner join runs on strata.run_id = runs.run_id

),

points as (

    {{ detection_any_priority_points(['school_no', 'school_key']) }}

),

cells as (

    select
        points.kind_no,
        points.school_no,
        any_value(points.school_key) as school_key,
        count(*) filter (where points.is_exit) as n_requests,
        coalesce(sum(points.w) filter (where points.is_event), 0) as observed,
        sum(points.w * hazards.cumulative_hazard) as expected
    from points
    inner join hazards
        on
            points.kind_no = hazards.kind_no
            and points.opened_band = hazards.opened_band
            and points.waiting_step = hazards.waiting_step
    group by 1, 2

),

others as (

    select
        *,
        sum(observed) over (partition by kind_no) - observed as observed_elsewhere,
        sum(expected) over (partition by kind_no) - expected as expected_of_others
    from cells

),

schools as (

    select
        year_kinds.run_id,
        others.school_key,
        sum(others.n_requests)::bigint as n_requests,
        -- Rounded, for the last digits of a sum depend on the order of its rows.
        round(sum(others.observed)::numeric, 12)::double precision as observed,
        round(
            sum(others.expected * others.observed_elsewhere / others.expected_of_others)::numeric, 12
        )::double precision as expected_elsewhere
    from others
    inner join year_kinds on others.kind_no = year_kinds.kind_no
    where others.expected_of_others > 1e-9 * others.expected
    group by 1, 2

),

final as (

    select
        runs.week_start_on,
        schools.run_id,
        schools.school_key,
        schools.n_requests,
        schools.observed,
        schools.expected_elsewhere,
        {{ plain_times_as_long('schools.observed', 'schools.expected_elsewhere') }} as times_as_long,
        {{ plain_times_as_long('scores.observed', 'scores.expected_elsewhere') }} as times_as_long_by_priority
    from schools
    inner join runs on schools.run_id = runs.run_id
    left join scores on schools.run_id = scores.run_id and schools.school_key = scores.school_key

)

select * from final
