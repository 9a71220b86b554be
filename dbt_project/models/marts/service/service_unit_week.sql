{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['week_start_on', 'unit_id'],
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['week_start_on', 'unit_id'], 'unique': true}, {'columns': ['changed_at']}],
        post_hook=[
            "{{ forget_what_left(ref('dim_unit_week'), ['week_start_on', 'unit_id']) }}",
        ],
    )
}}

-- A unit over all schools, those requests included that nobody could tie to a school. Trailing windows are those of service_week.
with unit_weeks as (

    select * from {{ ref('dim_unit_week') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

tallies as (

    select * from {{ ref('int_service_week__tally') }}

),

durations as (

    select * from {{ ref('int_service_unit_week__duration') }}

),

-- Requests of schools without a known staff must not be counted per head of the others.
school_weeks as (

    select
        week_start_on,
        unit_id,
        sum(n_staff) as n_staff,
        sum(n_opened_4_weeks) filter (where n_staff is not null) as n_opened_by_staffed_schools,
        bool_or(is_source_late) as is_source_late,
        min(data_as_of) as data_as_of,
        max(changed_at) as changed_at
    from {{ ref('service_week') }}
    group by 1, 2

),

weekly as (

    select
        week_start_on,
        unit_id,
        sum(n_opened) as n_opened,
        sum(n_opened) filter (where school_key = '') as n_opened_without_school,
        sum(n_resolved) as n_resolved,
        sum(n_due) as n_due,
        sum(n_kept) as n_kept,
        sum(n_handed_over) as n_handed_over,
        sum(n_open) as n_open,
        sum(n_still_waiting) as n_still_waiting,
        sum(n_open_broken) as n_open_broken,
        sum(n_ageing) as n_ageing,
        sum(n_urgent_overdue) as n_urgent_overdue,
        max(changed_at) as changed_at
    from tallies
    group by 1, 2

),

windowed as (

    select
        week_start_on,
        unit_id,
        sum(n_resolved) over last_4_weeks as n_resolved_4_weeks,
        sum(n_due) over last_4_weeks as n_due_4_weeks,
        sum(n_kept) over last_4_weeks as n_kept_4_weeks,
        sum(n_handed_over) over last_4_weeks as n_handed_over_4_weeks,
        max(changed_at) over last_4_weeks as changed_at
    from weekly
    window last_4_weeks as (partition by unit_id order by week_start_on rows between 3 preceding and current row)

),

renewed as (

    select
        unit_weeks.week_start_on,
        unit_weeks.unit_id
    from unit_weeks
    {% if is_incremental() %}
        inner join windowed on unit_weeks.week_start_on = windowed.week_start_on and unit_weeks.unit_id = windowed.unit_id
        left join school_weeks
            on unit_weeks.week_start_on = school_weeks.week_start_on and unit_weeks.unit_id = school_weeks.unit_id
        where greatest(windowed.changed_at, school_weeks.changed_at) > {{ last_written() }}
    {% endif %}

),

counted as (

    select
        durations.*,
        units.unit_name,
        weekly.n_opened,
        weekly.n_opened_without_school,
        weekly.n_resolved,
        weekly.n_open,
        weekly.n_still_waiting,
        weekly.n_ageing,
        weekly.n_urgent_overdue,
        windowed.n_resolved_4_weeks,
        windowed.n_handed_over_4_weeks,
        windowed.n_kept_4_weeks,
        windowed.n_due_4_weeks + weekly.n_open_broken as n_promises_due,
        school_weeks.n_staff,
        school_weeks.n_opened_by_staffed_schools,
        school_weeks.is_source_late,
        school_weeks.data_as_of
    from renewed
    inner join durations on renewed.week_start_on = durations.week_start_on and renewed.unit_id = durations.unit_id
    inner join units on renewed.unit_id = units.unit_id
    inner join weekly on renewed.week_start_on = weekly.week_start_on and renewed.unit_id = weekly.unit_id
    inner join windowed on renewed.week_start_on = windowed.week_start_on and renewed.unit_id = windowed.unit_id
    inner join school_weeks on renewed.week_start_on = school_weeks.week_start_on and renewed.unit_id = school_weeks.unit_id

),

final as (

    select
        week_start_on,
        unit_id,
        unit_name,
        n_opened::bigint as n_opened,
        coalesce(n_opened_without_school, 0)::bigint as n_opened_without_school,
        n_resolved::bigint as n_resolved,
        n_open::bigint as n_open,
        n_still_waiting::bigint as n_still_waiting_first_response,
        n_ageing::bigint as n_ageing,
        n_urgent_overdue::bigint as n_urgent_overdue,
        n_kept_4_weeks::bigint as n_promises_kept,
        n_promises_due::bigint as n_promises_due,
        (n_kept_4_weeks / nullif(n_promises_due, 0))::numeric(14, 4) as promise_kept_share,
        first_response_business_minutes_median::numeric(14, 4) as first_response_business_minutes_median,
        first_response_business_minutes_p90::numeric(14, 4) as first_response_business_minutes_p90,
        resolution_business_minutes_median::numeric(14, 4) as resolution_business_minutes_median,
        resolution_business_minutes_p90::numeric(14, 4) as resolution_business_minutes_p90,
        requester_wait_business_minutes_median::numeric(14, 4) as requester_wait_business_minutes_median,
        (n_handed_over_4_weeks / nullif(n_resolved_4_weeks, 0))::numeric(14, 4) as handed_over_share,
        n_staff::bigint as n_staff,
        (100.0 * n_opened_by_staffed_schools / n_staff)::numeric(14, 4) as requests_per_100_staff,
        is_source_late,
        data_as_of
    from counted

)

{{ rows_to_write(['week_start_on', 'unit_id']) }}
