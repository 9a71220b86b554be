{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['week_start_on', 'school_key', 'unit_id'],
        on_schema_change='sync_all_columns',
        indexes=[{'columns': ['week_start_on', 'school_key', 'unit_id'], 'unique': true}, {'columns': ['changed_at']}],
        post_hook=[
            "{{ forget_what_left(ref('int_service_week__context'), ['week_start_on', 'school_key', 'unit_id']) }}",
        ],
    )
}}

-- Grain: one open school and one unit in one week, whether or not anything was asked: the service given, judged when the week
-- ended (the running week: at the as-of moment). Durations are those of the trailing four weeks, with who still waits counted as
-- longer than any, so that leaving requests open never makes a unit look fast; null when those still waiting reach the quantile.
-- Promises: resolved in the trailing four weeks, plus open ones already past a promise; over eight weeks when that is fewer than
-- the indicator's minimum.
with contexts as (

    select * from {{ ref('int_service_week__context') }}

),

tallies as not materialized (

    select * from {{ ref('int_service_week__tally') }}

),

{% if is_incremental() %}
-- A week's tally counts in the seven weeks after it.
    tallied_anew as (

        select distinct
            tallies.week_start_on + 7 * ahead.n as week_start_on,
            tallies.unit_id,
            tallies.school_key
        from tallies
        cross join generate_series(0, 7) as ahead (n)
        where tallies.changed_at > {{ last_written() }}

    ),

    cells as (

        select contexts.*
        from contexts
        left join tallied_anew
            on
                contexts.week_start_on = tallied_anew.week_start_on
                and contexts.unit_id = tallied_anew.unit_id
                and contexts.school_key = tallied_anew.school_key
        where tallied_anew.week_start_on is not null or contexts.changed_at > {{ last_written() }}

    ),
{% else %}
    cells as (

        select * from contexts

    ),
{% endif %}

-- Every school and unit has a tally for every week, so that rows are weeks.
windowed as (

    select
        *,
        sum(n_opened) over last_4_weeks as n_opened_4_weeks,
        sum(n_due) over last_4_weeks as n_due_4_weeks,
        sum(n_kept) over last_4_weeks as n_kept_4_weeks,
        sum(n_due) over last_8_weeks as n_due_8_weeks,
        sum(n_kept) over last_8_weeks as n_kept_8_weeks
    from tallies
    window
        last_4_weeks as (partition by unit_id, school_key order by week_start_on rows between 3 preceding and current row),
        last_8_weeks as (partition by unit_id, school_key order by week_start_on rows between 7 preceding and current row)

),

listed as (

    select
        cells.*,
        windowed.n_opened,
        windowed.n_resolved,
        windowed.n_open,
        windowed.n_still_waiting,
        windowed.n_open_broken,
        windowed.n_ageing,
        windowed.n_urgent_overdue,
        windowed.n_opened_4_weeks,
        windowed.n_due_4_weeks,
        windowed.n_due_8_weeks,
        windowed.n_kept_4_weeks,
        windowed.n_kept_8_weeks,
        responses.minutes as response_minutes,
        resolutions.minutes as resolution_minutes,
        waits.minutes as wait_minutes
    from cells
    inner join windowed
        on
            cells.week_start_on = windowed.week_start_on
            and cells.school_key = windowed.school_key
            and cells.unit_id = windowed.unit_id
    {% for list in ['response', 'resolution', 'wait'] -%}
        cross join
            lateral (
                select array_agg(one.minutes order by one.minutes) as minutes
                from tallies as recent
                cross join unnest(recent.{{ list }}_minutes) as one (minutes)
                where
                    recent.unit_id = cells.unit_id
                    and recent.school_key = cells.school_key
                    and recent.week_start_on between cells.week_start_on - 21 and cells.week_start_on
            ) as {{ list }}{{ 's' }}
    {% endfor %}

),

counted as (

    select
        *,
        coalesce(cardinality(response_minutes), 0) + n_still_waiting as n_responses,
        coalesce(cardinality(resolution_minutes), 0) + n_open as n_resolutions,
        n_due_4_weeks + n_open_broken < promise_min_n as is_pooled
    from listed

),

final as (

    select
        week_start_on,
        school_key,
        unit_id,
        evaluated_at,
        counts_for_service,
        n_opened,
        n_opened_4_weeks::bigint as n_opened_4_weeks,
        n_staff,
        n_resolved,
        n_open,
        n_still_waiting as n_still_waiting_first_response,
        n_responses,
        {{ quantile_of('response_minutes', 'n_responses', 0.5) }} as first_response_business_minutes_median,
        {{ quantile_of('response_minutes', 'n_responses', 0.9) }} as first_response_business_minutes_p90,
        n_resolutions,
        {{ quantile_of('resolution_minutes', 'n_resolutions', 0.5) }} as resolution_business_minutes_median,
        {{ quantile_of('resolution_minutes', 'n_resolutions', 0.9) }} as resolution_business_minutes_p90,
        {{ quantile_of('wait_minutes', 'cardinality(wait_minutes)', 0.5) }} as requester_wait_business_minutes_median,
        case when is_pooled then 8 else 4 end as n_promise_weeks,
        (case when is_pooled then n_kept_8_weeks else n_kept_4_weeks end)::bigint as n_promises_kept,
        ((case when is_pooled then n_due_8_weeks else n_due_4_weeks end) + n_open_broken)::bigint as n_promises_due,
        n_ageing,
        n_urgent_overdue,
        has_case_manager,
        n_uncovered_days,
        is_source_late,
        data_as_of
    from counted

)

{{ rows_to_write(['week_start_on', 'school_key', 'unit_id']) }}
