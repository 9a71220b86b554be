{{ config(tags=['detection_method'], materialized='view') }}

-- Grain: one comparison, clock and request: at risk at minute t when entry < t <= exit. `stratum_no` and `kind_no` are one number
-- a comparison, clock and stratum or kind.
with placed as not materialized (

    select * from {{ ref('int_detection__placed') }}

),

final as (

    select
        run_id,
        'resolution' as clock,
        request_key,
        school_key,
        school_no,
        unit_id,
        request_type,
        priority,
        opened_on,
        opened_week,
        resolution_entry_minutes as entry_minutes,
        resolution_exit_minutes as exit_minutes,
        is_resolved as is_event,
        stratum,
        stratum_no,
        kind_no,
        weight
    from placed

    union all

    select
        run_id,
        'response',
        request_key,
        school_key,
        school_no,
        unit_id,
        request_type,
        priority,
        opened_on,
        opened_week,
        response_entry_minutes,
        response_exit_minutes,
        is_answered,
        stratum,
        stratum_no + 1,
        kind_no + 1,
        weight
    from placed
    where response_exit_minutes is not null

)

select * from final
