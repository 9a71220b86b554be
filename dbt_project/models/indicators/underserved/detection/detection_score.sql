{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='run_id',
        on_schema_change='append_new_columns',
        full_refresh=false,
        tags=['detection_method'],
        indexes=[{'columns': ['run_id', 'clock', 'school_key'], 'unique': true}, {'columns': ['week_start_on']}],
        pre_hook='{{ join_by_hash() }}',
        post_hook='{{ forget_old_runs() }}',
    )
}}

-- Grain: one comparison, clock and school: does the school wait longer than identical requests elsewhere, by more than chance and
-- ordinary variation explain? Kept for as long as the marts' history, as it was found; a full refresh keeps it, too.
with scores as (

    {{ detection_score(ref('int_detection__cell')) }}

),

runs as (

    select distinct
        run_id,
        week_start_on,
        window_name
    from {{ ref('int_detection__run_unit') }}

),

final as (

    select
        runs.week_start_on,
        runs.window_name,
        scores.*
    from scores
    inner join runs on scores.run_id = runs.run_id

)

select * from final
