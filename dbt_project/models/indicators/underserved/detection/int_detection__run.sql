-- Grain: one comparison of schools that this build looks at: a week x a window, the school year so far or the last 13 weeks. The
-- running week always; an earlier one when it was never compared, was last compared at another moment (when it was running) or by
-- another method, or its requests have changed since; none further back than detection_weeks.
{%- set held = left_by_last_build('detection_run') %}
with all_weeks as (

    select
        *,
        max(week_start_on) over () as last_week
    from {{ ref('dim_week') }}

),

weeks as (

    select
        *,
        week_start_on = last_week as is_running
    from all_weeks
    where week_start_on > last_week - 7 * {{ var('detection_weeks') }}

),

years as (

    select * from {{ ref('dim_period') }}
    where period_type = 'year'

),

changed_weeks as (

    select * from {{ ref('int_service_week__changed') }}

),

windows as (

    select
        weeks.week_start_on,
        weeks.is_running,
        'year' as window_name,
        years.period_start_on as starts_on,
        weeks.evaluated_at as ends_at
    from weeks
    inner join years
        on years.period_start_on <= weeks.shown_on and coalesce(years.period_end_on, 'infinity'::date) > weeks.shown_on

    union all

    select
        week_start_on,
        is_running,
        'trailing',
        week_start_on - 7 * ({{ var('detection_trailing_weeks') }} - 1),
        evaluated_at
    from weeks

),

final as (

    select
        windows.week_start_on || ' ' || windows.window_name as run_id,
        windows.week_start_on,
        windows.window_name,
        windows.starts_on,
        windows.ends_at,
        changed_weeks.changed_at as requests_changed_at
    from windows
    left join changed_weeks on windows.week_start_on = changed_weeks.week_start_on
    {% if held %}
        left join {{ held }} as held
            on windows.week_start_on = held.week_start_on and windows.window_name = held.window_name
        where
            held.computed_at is null
            or windows.ends_at is distinct from held.ends_at
            or held.fingerprint not like '{{ detection_method() }} %'
            or windows.is_running
            or changed_weeks.changed_at > held.computed_at
    {% endif %}

)

select * from final
