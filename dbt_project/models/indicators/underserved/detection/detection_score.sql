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
-- ordinary variation explain? Kept for as long as the marts' history; a full refresh keeps it, too, since the weeks further
-- back than detection_weeks could only be made with what became known later.
with scores as (

    {{ detection_score(ref('int_detection__cell')) }}

),

runs as (

    select * from {{ ref('int_detection__changed_run') }}

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
