{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['week_start_on', 'unit_id', 'school_key'],
        on_schema_change='sync_all_columns',
        indexes=[
            {'columns': ['unit_id', 'school_key', 'week_start_on'], 'unique': true},
            {'columns': ['week_start_on', 'unit_id']},
            {'columns': ['changed_at']},
        ],
        post_hook=[
            "{{ forget_old_weeks(49) }}",
        ],
    )
}}

-- Grain: one school ('' for requests without one) and one unit in one week, from seven weeks before the history shown: what
-- happened in that week alone and what was open at its end. The weeks of trailing windows are added up from here, so that a
-- change of one request is a change of a few of these rows. Minutes are kept as sorted lists: medians do not add up.
-- depends_on: {{ ref('dim_week') }}
with cells as (

    select * from {{ ref('int_service_week__cell') }}

),

readable_sources as (

    select * from {{ ref('int_readable_source') }}

),

-- Both promises, as in request_promise.
outcomes as not materialized (

    select
        outcomes.*,
        (readable_sources.source_name is null or coalesce(outcomes.is_first_response_kept, true))
        and outcomes.is_resolution_kept as is_kept
    from {{ ref('request_outcome') }} as outcomes
    left join readable_sources on outcomes.source_name = readable_sources.source_name

),

open_requests as (

    select * from {{ ref('request_open_week') }}

),

-- One list of everything that is counted, gone through once: joins of sums would rest on guesses of their sizes.
counted as (

    select
        week_start_on,
        unit_id,
        school_key,
        'cell' as kind,
        null::double precision as minutes,
        null::double precision as wait_minutes,
        null::boolean as is_kept,
        null::boolean as is_handed_over,
        null::boolean as is_still_waiting,
        null::boolean as has_broken_promise,
        null::boolean as is_ageing,
        null::boolean as is_urgent_overdue
    from cells

    union all

    select
        cells.week_start_on,
        cells.unit_id,
        cells.school_key,
        'opened',
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null
    from cells
    inner join outcomes
        on
            cells.week_start_on = outcomes.opened_week
            and cells.unit_id = outcomes.unit_id
            and cells.school_key = outcomes.school_key

    union all

    select
        cells.week_start_on,
        cells.unit_id,
        cells.school_key,
        'responded',
        outcomes.first_response_business_minutes,
        null,
        null,
        null,
        null,
        null,
        null,
        null
    from cells
    inner join outcomes
        on
            cells.week_start_on = outcomes.responded_week
            and cells.unit_id = outcomes.unit_id
            and cells.school_key = outcomes.school_key

    union all

    select
        cells.week_start_on,
        cells.unit_id,
        cells.school_key,
        'resolved',
        outcomes.resolution_business_minutes,
        outcomes.requester_wait_business_minutes,
        outcomes.is_kept,
        outcomes.n_group_changes > 0,
        null,
        null,
        null,
        null
    from cells
    inner join outcomes
        on
            cells.week_start_on = outcomes.resolved_week
            and cells.unit_id = outcomes.unit_id
            and cells.school_key = outcomes.school_key

    union all

    select
        cells.week_start_on,
        cells.unit_id,
        cells.school_key,
        'open',
        null,
        null,
        null,
        null,
        open_requests.is_still_waiting_first_response,
        open_requests.has_broken_promise,
        open_requests.is_ageing,
        open_requests.is_urgent_overdue
    from cells
    inner join open_requests
        on
            cells.week_start_on = open_requests.week_start_on
            and cells.unit_id = open_requests.unit_id
            and cells.school_key = coalesce(open_requests.school_key, '')

),

tallied as (

    select
        week_start_on,
        unit_id,
        school_key,
        count(*) filter (where kind = 'opened') as n_opened,
        count(*) filter (where kind = 'resolved') as n_resolved,
        count(is_kept) as n_due,
        count(*) filter (where is_kept) as n_kept,
        count(*) filter (where is_handed_over) as n_handed_over,
        count(*) filter (where kind = 'open') as n_open,
        count(*) filter (where is_still_waiting) as n_still_waiting,
        count(*) filter (where has_broken_promise) as n_open_broken,
        count(*) filter (where is_ageing) as n_ageing,
        count(*) filter (where is_urgent_overdue) as n_urgent_overdue,
        array_agg(minutes) filter (where kind = 'responded' and minutes is not null) as response_minutes,
        array_agg(minutes) filter (where kind = 'resolved' and minutes is not null) as resolution_minutes,
        array_agg(wait_minutes) filter (where wait_minutes is not null) as wait_minutes
    from counted
    group by 1, 2, 3

),

final as (

    select
        tallied.week_start_on,
        tallied.unit_id,
        tallied.school_key,
        tallied.n_opened,
        tallied.n_resolved,
        tallied.n_due,
        tallied.n_kept,
        tallied.n_handed_over,
        tallied.n_open,
        tallied.n_still_waiting,
        tallied.n_open_broken,
        tallied.n_ageing,
        tallied.n_urgent_overdue,
        {% for list in ['response_minutes', 'resolution_minutes', 'wait_minutes'] -%}
            (select array_agg(one.minutes order by one.minutes) from unnest(tallied.{{ list }}) as one (minutes)) as {{ list }},
        {% endfor -%}
        (
            {% for list in ['response_minutes', 'resolution_minutes', 'wait_minutes'] -%}
                (
                    select coalesce(sum(hashfloat8extended(one.minutes, {{ loop.index }})), 0)
                    from unnest(tallied.{{ list }}) as one (minutes)
                ) {{ '+' if not loop.last }}
            {% endfor -%}
        ) as minutes_checksum,
        cells.evaluated_at,
        cells.now_business_seconds,
        cells.readable_sources
    from tallied
    inner join cells
        on
            tallied.week_start_on = cells.week_start_on
            and tallied.unit_id = cells.unit_id
            and tallied.school_key = cells.school_key

)

{{ rows_to_write(['week_start_on', 'unit_id', 'school_key']) }}
