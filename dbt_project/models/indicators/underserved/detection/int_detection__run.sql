-- Grain: one comparison of schools to be made: a week's look x a window, the school year so far or the 13 weeks before. A look
-- is taken of all the time before its week, by the first build in that week, and only once: what is told later counts in the
-- next look, and a day's build does not pay for comparing a year anew. A first build takes the last detection_weeks looks, or as
-- many as the theory of action wants before a flag opens, if that is more. A full refresh keeps those taken; whoever wants one
-- anew deletes its row of detection_run.
{%- set held = left_by_last_build('detection_run', outlasts_refresh=true) %}
with all_weeks as (

    select
        *,
        max(week_start_on) over () as last_week
    from {{ ref('dim_week') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

rules as (

    select max(opens_of_weeks) as opens_of_weeks
    from {{ ref('dim_underserved_rule') }}
    where rule_id = 'service_slower_than_elsewhere'

),

looks as (

    select
        all_weeks.week_start_on,
        (all_weeks.week_start_on::timestamp at time zone as_of.timezone) as ends_at
    from all_weeks
    cross join as_of
    cross join rules
    where all_weeks.week_start_on > all_weeks.last_week - 7 * greatest({{ var('detection_weeks') }}, rules.opens_of_weeks)

),

years as (

    select * from {{ ref('dim_period') }}
    where period_type = 'year'

),

windows as (

    select
        looks.week_start_on,
        'year' as window_name,
        years.period_start_on as starts_on,
        looks.ends_at
    from looks
    inner join years
        on
            years.period_start_on < looks.week_start_on
            and coalesce(years.period_end_on, 'infinity'::date) >= looks.week_start_on

    union all

    select
        week_start_on,
        'trailing',
        week_start_on - 7 * {{ var('detection_trailing_weeks') }},
        ends_at
    from looks

),

final as (

    select
        windows.week_start_on || ' ' || windows.window_name as run_id,
        windows.week_start_on,
        windows.window_name,
        windows.starts_on,
        windows.ends_at
    from windows
    {% if held %}
        where
            not exists (
                select 1 from {{ held }} as held
                where windows.week_start_on = held.week_start_on and windows.window_name = held.window_name
            )
    {% endif %}

)

select * from final
