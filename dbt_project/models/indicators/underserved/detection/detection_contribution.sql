{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='run_id',
        on_schema_change='append_new_columns',
        full_refresh=false,
        tags=['detection_method'],
        indexes=[{'columns': ['run_id', 'clock', 'school_key']}, {'columns': ['week_start_on']}],
        post_hook='{{ forget_old_runs() }}',
    )
}}

-- Grain: one comparison, clock, school, unit and type of request: what it adds to the school's observed less expected. Signed:
-- the rows of a school add up to its own difference. Negative is slower. Beside it stands what people ask first: how many
-- requests, how many of them still open, and since when the oldest of these waits.
-- depends_on: {{ ref('detection_score') }}
with cells as (

    select * from {{ ref('int_detection__cell') }}

),

requests as (

    select * from {{ ref('int_detection__request') }}

),

runs as (

    select distinct
        run_id,
        week_start_on,
        window_name
    from {{ ref('int_detection__run_unit') }}

),

summed as (

    select
        run_id,
        clock,
        school_key,
        unit_id,
        request_type,
        sum(n_requests)::bigint as n_requests,
        sum(n_events)::bigint as n_events,
        sum(observed) as observed,
        sum(expected) as expected
    from cells
    group by 1, 2, 3, 4, 5

),

open_requests as (

    select
        requests.run_id,
        requests.school_key,
        requests.unit_id,
        requests.request_type,
        count(*) as n_open,
        min(requests.opened_on) as oldest_open_on
    from requests
    where requests.is_open
    group by 1, 2, 3, 4

),

final as (

    select
        runs.week_start_on,
        runs.window_name,
        summed.run_id,
        summed.clock,
        summed.school_key,
        summed.unit_id,
        summed.request_type,
        summed.n_requests,
        summed.n_events,
        summed.observed,
        summed.expected,
        summed.observed - summed.expected as difference,
        coalesce(open_requests.n_open, 0) as n_open,
        open_requests.oldest_open_on
    from summed
    inner join runs on summed.run_id = runs.run_id
    left join open_requests
        on
            summed.run_id = open_requests.run_id
            and summed.school_key = open_requests.school_key
            and summed.unit_id = open_requests.unit_id
            and summed.request_type = open_requests.request_type

)

select * from final
