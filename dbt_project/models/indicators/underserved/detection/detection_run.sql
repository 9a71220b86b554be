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
-- that a build that failed between them makes them again.
-- depends_on: {{ ref('detection_score') }}
-- depends_on: {{ ref('detection_contribution') }}
{%- set held = left_by_last_build('detection_run') %}
with runs as (

    select * from {{ ref('int_detection__run') }}

),

changed_runs as (

    select * from {{ ref('int_detection__changed_run') }}

),

final as (

    select
        runs.run_id,
        runs.week_start_on,
        runs.window_name,
        runs.starts_on,
        runs.ends_at,
        coalesce(changed_runs.n_requests, {{ 'held.n_requests, ' if held }}0) as n_requests,
        coalesce(changed_runs.fingerprint{{ ', held.fingerprint' if held }}) as fingerprint,
        now() as computed_at
    from runs
    left join changed_runs on runs.run_id = changed_runs.run_id
    {% if held %}
        left join {{ held }} as held on runs.run_id = held.run_id
    {% endif %}

)

select * from final
