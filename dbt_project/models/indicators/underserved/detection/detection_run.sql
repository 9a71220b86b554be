{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='run_id',
        on_schema_change='append_new_columns',
        full_refresh=false,
        indexes=[{'columns': ['run_id'], 'unique': true}],
        post_hook='{{ forget_old_runs() }}',
    )
}}

-- Grain: one comparison that was made: over which window, up to which moment, of how many requests. Written after its scores, so
-- that a build that failed between them makes them again; what stands here is not made again.
-- depends_on: {{ ref('detection_score') }}
-- depends_on: {{ ref('detection_contribution') }}
-- depends_on: {{ ref('detection_any_priority') }}
with runs as (

    select * from {{ ref('int_detection__run') }}

),

requests as (

    select
        run_id,
        count(*) as n_requests
    from {{ ref('int_detection__request') }}
    group by 1

),

final as (

    select
        runs.run_id,
        runs.week_start_on,
        runs.window_name,
        runs.starts_on,
        runs.ends_at,
        coalesce(requests.n_requests, 0) as n_requests,
        now() as computed_at
    from runs
    left join requests on runs.run_id = requests.run_id

)

select * from final
