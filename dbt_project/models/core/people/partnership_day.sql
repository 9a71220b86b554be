{{ config(indexes=[{'columns': ['school_key', 'day'], 'unique': true}]) }}

-- Grain: one open school on one instructional day that is over. Exposure: principal and ILD both in post and neither on leave.
-- The ILD's whole logged day is set against the expected one, whichever school it went to: a log with holes says nothing about
-- any of the ILD's schools.
-- A leave of the ILD pauses the exposure from its first day. The school counts as unpaired on its days only once it has lasted
-- six instructional days (`leave_counts_from_on`, null for a shorter one): a flu is no vacancy.
with school_days as (

    select * from {{ ref('school_day') }}
    where is_instructional

),

calendar as (

    select * from {{ ref('school_calendar_day') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

log as (

    select * from {{ ref('touchpoint_log') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

logged as (

    select
        staff_id,
        occurred_on,
        sum(minutes) filter (where not is_cancelled) as minutes
    from {{ ref('touchpoint') }}
    group by 1, 2

),

judged as (

    select
        school_days.school_key,
        school_days.day,
        calendar.term_id,
        calendar.instructional_day_no,
        school_days.ild_staff_id,
        school_days.principal_staff_id,
        school_days.principal_staff_id is not null as has_principal,
        school_days.principal_staff_id is not null and school_days.ild_staff_id is null as is_vacant,
        coalesce(
            school_days.principal_staff_id is not null
            and school_days.ild_staff_id is not null
            and school_days.is_ild_on_leave,
            false
        ) as is_ild_away,
        school_days.principal_staff_id is not null
        and school_days.ild_staff_id is not null
        and not school_days.is_principal_on_leave
        and not school_days.is_ild_on_leave as is_exposure,
        coalesce(school_days.day < log.known_before_on, false) as is_log_known
    from school_days
    cross join as_of
    cross join log
    inner join calendar on school_days.school_key = calendar.school_key and school_days.day = calendar.day
    where
        school_days.day < as_of.days_over_before_on
        and school_days.day >= (select min(weeks.week_start_on) from weeks)

),

leave_runs as (

    select
        school_key,
        day,
        ild_staff_id,
        instructional_day_no - row_number() over (partition by school_key, ild_staff_id order by day) as run
    from judged
    where is_ild_away

),

leaves as (

    select
        school_key,
        day,
        nth_value(day, {{ var('unpaired_leave_days') }}) over (
            partition by school_key, ild_staff_id, run order by day
            rows between unbounded preceding and unbounded following
        ) as counts_from_on
    from leave_runs

),

final as (

    select
        judged.*,
        leaves.counts_from_on as leave_counts_from_on,
        case
            when judged.is_exposure and judged.is_log_known then coalesce(logged.minutes, 0)::numeric
        end as ild_logged_minutes,
        case
            when judged.is_exposure and judged.is_log_known then {{ var('expected_log_minutes_per_day') }}
        end as ild_expected_minutes,
        count(*) filter (where judged.is_exposure and judged.is_log_known)
            over (partition by judged.school_key order by judged.day) as n_known_exposure_days_to_date
    from judged
    left join leaves on judged.school_key = leaves.school_key and judged.day = leaves.day
    left join logged on judged.ild_staff_id = logged.staff_id and judged.day = logged.occurred_on

)

select * from final
