{{ config(indexes=[{'columns': ['ild_staff_id', 'day'], 'unique': true}]) }}

-- Grain: one ILD on one day that is over, while paired with any school: what time is known of the day and what was to be
-- expected. Time is expected on instructional days in post, up to where the log or the calendar reaches; `log_` columns speak
-- of the contact log alone, which is what a contact that nobody made must be told from one that nobody wrote down.
with school_days as (

    select * from {{ ref('school_day') }}
    where ild_staff_id is not null

),

calendar as (

    select * from {{ ref('dim_calendar_day') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

log as (

    select * from {{ ref('touchpoint_log') }}

),

streams as (

    select * from {{ ref('dim_stream') }}
    where stream_name in ('touchpoint', 'time_block')

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where not is_cancelled

),

stretches as (

    select * from {{ ref('staff_time') }}

),

time_reaches as (

    select {{ local_day("max(streams.source_at) + interval '7 hours'", 'as_of.timezone') }} as known_before_on
    from as_of
    left join streams on true
    group by as_of.timezone

),

in_post as (

    select
        school_days.ild_staff_id,
        school_days.day,
        count(*) as n_schools,
        bool_or(school_days.is_ild_on_leave) as is_on_leave
    from school_days
    cross join as_of
    where school_days.day < as_of.days_over_before_on
    group by 1, 2

),

logged as (

    select
        staff_id,
        occurred_on,
        sum(minutes) as minutes
    from contacts
    group by 1, 2

),

worked as (

    select
        staff_id,
        worked_on,
        sum(minutes) as minutes,
        sum(minutes) filter (where is_il) as il_minutes,
        sum(minutes) filter (where is_direct) as direct_minutes,
        sum(minutes) filter (where is_operational) as operational_minutes
    from stretches
    group by 1, 2

),

final as (

    select
        in_post.ild_staff_id,
        in_post.day,
        in_post.n_schools,
        in_post.is_on_leave,
        calendar.is_instructional,
        coalesce(worked.minutes, 0) as worked_minutes,
        coalesce(worked.il_minutes, 0) as il_minutes,
        coalesce(worked.direct_minutes, 0) as direct_minutes,
        coalesce(worked.operational_minutes, 0) as operational_minutes,
        case
            when calendar.is_instructional and not in_post.is_on_leave and in_post.day < time_reaches.known_before_on
                then {{ var('expected_log_minutes_per_day') }}
        end as expected_minutes,
        coalesce(logged.minutes, 0)::numeric as logged_minutes,
        case
            when calendar.is_instructional and not in_post.is_on_leave and in_post.day < log.known_before_on
                then {{ var('expected_log_minutes_per_day') }}
        end as log_expected_minutes
    from in_post
    cross join log
    cross join time_reaches
    inner join calendar on in_post.day = calendar.day
    left join worked on in_post.ild_staff_id = worked.staff_id and in_post.day = worked.worked_on
    left join logged on in_post.ild_staff_id = logged.staff_id and in_post.day = logged.occurred_on

)

select * from final
