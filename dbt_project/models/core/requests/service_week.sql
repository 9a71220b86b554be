{{ config(indexes=[{'columns': ['week_start_on', 'school_key', 'unit_id'], 'unique': true}]) }}

-- Grain: one open school and one unit in one week, whether or not anything was asked: the service given, judged when the week
-- ended (the running week: at the as-of moment). Durations are those of the trailing four weeks, with who still waits counted as
-- longer than any, so that leaving requests open never makes a unit look fast; null when those still waiting reach the quantile.
-- Promises: resolved in the trailing four weeks, plus open ones already past a promise; over eight weeks when that is fewer than
-- the indicator's minimum.
with unit_weeks as (

    select * from {{ ref('dim_unit_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

requests as (

    select * from {{ ref('service_request') }}
    where school_key is not null and unit_id is not null

),

clocks as (

    select * from {{ ref('request_clock') }}

),

promises as (

    select * from {{ ref('request_promise') }}

),

open_requests as (

    select * from {{ ref('request_open_week') }}
    where school_key is not null and unit_id is not null

),

case_managers as (

    select * from {{ ref('case_manager_week') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

helpdesks as (

    select
        min(source_at) as source_at,
        min(source_at + greatest(expected_every_minutes, 2 * 1440) * interval '1 minute') as late_after
    from {{ ref('dim_stream') }}
    where stream_name = 'incident'

),

limits as (

    select * from {{ ref('dim_indicator') }}
    where indicator_id = 'D3.3'

),

grid as (

    select
        unit_weeks.week_start_on,
        schools.school_key,
        unit_weeks.unit_id,
        unit_weeks.evaluated_at,
        unit_weeks.counts_for_service
    from unit_weeks
    inner join schools on coalesce(schools.closed_on, 'infinity'::date) >= unit_weeks.evaluated_before_on

),

opened as (

    select
        requests.school_key,
        requests.unit_id,
        {{ week_of('requests.created_on') }} as week_start_on,
        count(*) as n_opened
    from requests
    group by 1, 2, 3

),

finished as (

    select
        requests.school_key,
        requests.unit_id,
        clocks.request_key,
        clocks.resolution_business_minutes,
        promises.is_kept,
        {{ week_of(local_day('clocks.resolved_at', 'as_of.timezone')) }} as resolved_week
    from clocks
    cross join as_of
    inner join requests on clocks.request_key = requests.request_key
    left join promises on clocks.request_key = promises.request_key
    where clocks.resolved_at is not null

),

-- The eight weeks in which a resolution counts for something.
finished_weeks as (

    select
        finished.*,
        finished.resolved_week + 7 * ahead.n as week_start_on,
        ahead.n as n_weeks_ago
    from finished
    cross join generate_series(0, 7) as ahead (n)

),

resolutions as (

    select
        school_key,
        unit_id,
        week_start_on,
        count(*) filter (where n_weeks_ago = 0) as n_resolved,
        count(is_kept) filter (where n_weeks_ago < 4) as n_due_4_weeks,
        count(is_kept) as n_due_8_weeks,
        count(*) filter (where is_kept and n_weeks_ago < 4) as n_kept_4_weeks,
        count(*) filter (where is_kept) as n_kept_8_weeks
    from finished_weeks
    group by 1, 2, 3

),

backlog as (

    select
        school_key,
        unit_id,
        week_start_on,
        count(*) as n_open,
        count(*) filter (where is_still_waiting_first_response) as n_still_waiting_first_response,
        count(*) filter (where has_broken_promise) as n_open_broken,
        count(*) filter (where is_ageing) as n_ageing,
        count(*) filter (where is_urgent_overdue) as n_urgent_overdue
    from open_requests
    group by 1, 2, 3

),

responded as (

    select
        requests.school_key,
        requests.unit_id,
        {{ week_of(local_day('clocks.first_response_at', 'as_of.timezone')) }} + 7 * ahead.n as week_start_on,
        clocks.first_response_business_minutes as minutes
    from clocks
    cross join as_of
    cross join generate_series(0, 3) as ahead (n)
    inner join requests on clocks.request_key = requests.request_key
    where clocks.first_response_at is not null

    union all

    select
        school_key,
        unit_id,
        week_start_on,
        'Infinity'
    from open_requests
    where is_still_waiting_first_response

),

response_quantiles as (

    select
        school_key,
        unit_id,
        week_start_on,
        count(*) as n_responses,
        percentile_disc(0.5) within group (order by minutes) as median,
        percentile_disc(0.9) within group (order by minutes) as p90
    from responded
    group by 1, 2, 3

),

resolved as (

    select
        school_key,
        unit_id,
        week_start_on,
        resolution_business_minutes as minutes
    from finished_weeks
    where n_weeks_ago < 4

    union all

    select
        school_key,
        unit_id,
        week_start_on,
        'Infinity'
    from open_requests

),

resolution_quantiles as (

    select
        school_key,
        unit_id,
        week_start_on,
        count(*) as n_resolutions,
        percentile_disc(0.5) within group (order by minutes) as median,
        percentile_disc(0.9) within group (order by minutes) as p90
    from resolved
    group by 1, 2, 3

),

combined as (

    select
        grid.*,
        coalesce(opened.n_opened, 0) as n_opened,
        coalesce(resolutions.n_resolved, 0) as n_resolved,
        coalesce(backlog.n_open, 0) as n_open,
        coalesce(backlog.n_still_waiting_first_response, 0) as n_still_waiting_first_response,
        coalesce(backlog.n_ageing, 0) as n_ageing,
        coalesce(backlog.n_urgent_overdue, 0) as n_urgent_overdue,
        response_quantiles.n_responses,
        nullif(response_quantiles.median, 'Infinity') as first_response_business_minutes_median,
        nullif(response_quantiles.p90, 'Infinity') as first_response_business_minutes_p90,
        resolution_quantiles.n_resolutions,
        nullif(resolution_quantiles.median, 'Infinity') as resolution_business_minutes_median,
        nullif(resolution_quantiles.p90, 'Infinity') as resolution_business_minutes_p90,
        coalesce(resolutions.n_due_4_weeks, 0) + coalesce(backlog.n_open_broken, 0) as n_due_4_weeks,
        coalesce(resolutions.n_due_8_weeks, 0) + coalesce(backlog.n_open_broken, 0) as n_due_8_weeks,
        coalesce(resolutions.n_kept_4_weeks, 0) as n_kept_4_weeks,
        coalesce(resolutions.n_kept_8_weeks, 0) as n_kept_8_weeks,
        case_managers.has_case_manager,
        case_managers.n_uncovered_days
    from grid
    left join opened using (week_start_on, school_key, unit_id)
    left join resolutions using (week_start_on, school_key, unit_id)
    left join backlog using (week_start_on, school_key, unit_id)
    left join response_quantiles using (week_start_on, school_key, unit_id)
    left join resolution_quantiles using (week_start_on, school_key, unit_id)
    left join case_managers using (week_start_on, school_key, unit_id)

),

pooled as (

    select
        combined.*,
        combined.n_due_4_weeks < limits.min_n as is_pooled
    from combined
    cross join limits

),

final as (

    select
        pooled.week_start_on,
        pooled.school_key,
        pooled.unit_id,
        pooled.evaluated_at,
        pooled.counts_for_service,
        pooled.n_opened,
        pooled.n_resolved,
        pooled.n_open,
        pooled.n_still_waiting_first_response,
        pooled.n_responses,
        pooled.first_response_business_minutes_median,
        pooled.first_response_business_minutes_p90,
        pooled.n_resolutions,
        pooled.resolution_business_minutes_median,
        pooled.resolution_business_minutes_p90,
        case when pooled.is_pooled then 8 else 4 end as n_promise_weeks,
        case when pooled.is_pooled then pooled.n_kept_8_weeks else pooled.n_kept_4_weeks end as n_promises_kept,
        case when pooled.is_pooled then pooled.n_due_8_weeks else pooled.n_due_4_weeks end as n_promises_due,
        pooled.n_ageing,
        pooled.n_urgent_overdue,
        pooled.has_case_manager,
        pooled.n_uncovered_days,
        coalesce(helpdesks.late_after < pooled.evaluated_at, true) as is_source_late,
        least(coalesce(helpdesks.source_at, as_of.as_of_at), pooled.evaluated_at) as data_as_of
    from pooled
    cross join helpdesks
    cross join as_of

)

select * from final
