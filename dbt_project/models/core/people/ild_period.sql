{{ config(indexes=[{'columns': ['period_type', 'period_start_on', 'ild_staff_id'], 'unique': true}]) }}

-- Grain: one ILD in one month, quarter or half-year with at least one instructional day in post: next steps whose time to be
-- looked at ended, issues whose time to be handed over ended, visits planned and broken, learning, and what coaching was mixed
-- with.
with periods as (

    select * from {{ ref('dim_period') }}
    where period_type in ('month', 'quarter', 'half_year')

),

days as (

    select * from {{ ref('ild_day') }}

),

steps as (

    select * from {{ ref('touchpoint_next_step') }}
    where not is_dropped

),

issues as (

    select * from {{ ref('ild_issue') }}
    where is_due and (not is_withdrawn or handed_over_at is not null)

),

contacts as (

    select * from {{ ref('touchpoint') }}

),

visits as (

    select * from {{ ref('planned_visit') }}

),

attendances as (

    select * from {{ ref('pd_attendance') }}
    where is_job_embedded

),

log as (

    select * from {{ ref('touchpoint_log') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

in_post as (

    select
        periods.period_type,
        periods.period_start_on,
        periods.period_end_on,
        periods.evaluated_before_on,
        periods.evaluated_at,
        days.ild_staff_id,
        count(*) filter (where days.is_instructional and not days.is_on_leave) as n_days_in_post,
        sum(days.worked_minutes) as worked_minutes,
        sum(days.operational_minutes) as operational_minutes,
        sum(days.expected_minutes) as expected_minutes,
        sum(days.logged_minutes) as logged_minutes,
        sum(days.log_expected_minutes) as log_expected_minutes
    from periods
    inner join days on days.day >= periods.period_start_on and days.day < periods.evaluated_before_on
    group by 1, 2, 3, 4, 5, 6
    having count(*) filter (where days.is_instructional and not days.is_on_leave) > 0

),

reviews as (

    select
        in_post.period_type,
        in_post.period_start_on,
        in_post.ild_staff_id,
        count(*) as n_steps_due,
        count(*) filter (where steps.is_reviewed_in_time) as n_steps_reviewed
    from in_post
    inner join steps
        on
            in_post.ild_staff_id = steps.staff_id
            and steps.review_before_on > in_post.period_start_on
            and steps.review_before_on <= in_post.evaluated_before_on
    group by 1, 2, 3

),

hand_overs as (

    select
        in_post.period_type,
        in_post.period_start_on,
        in_post.ild_staff_id,
        count(*) as n_issues_due,
        count(*) filter (where issues.is_handed_over_in_time) as n_issues_handed_over
    from in_post
    inner join issues
        on
            in_post.ild_staff_id = issues.ild_staff_id
            and issues.hand_over_by_on >= in_post.period_start_on
            and issues.hand_over_by_on < in_post.evaluated_before_on
    group by 1, 2, 3

),

broken as (

    select
        in_post.period_type,
        in_post.period_start_on,
        in_post.ild_staff_id,
        count(*) as n_visits_planned,
        count(*) filter (where visits.is_broken) as n_visits_broken
    from in_post
    inner join visits
        on
            in_post.ild_staff_id = visits.staff_id
            and visits.planned_on >= in_post.period_start_on
            and visits.planned_on < in_post.evaluated_before_on
    group by 1, 2, 3

),

coaching as (

    select
        in_post.period_type,
        in_post.period_start_on,
        in_post.ild_staff_id,
        count(*) filter (where contacts.is_il_contact) as n_il_contacts,
        count(*) filter (where contacts.is_il_contact and contacts.is_tagged) as n_tagged_il_contacts,
        count(*) filter (where contacts.is_il_contact and contacts.has_evaluation_tag) as n_evaluation_tagged_contacts,
        count(*) filter (where contacts.observed_by_staff_id <> contacts.staff_id) as n_observed_sessions
    from in_post
    inner join contacts
        on
            in_post.ild_staff_id = contacts.staff_id
            and not contacts.is_cancelled
            and contacts.occurred_on >= in_post.period_start_on
            and contacts.occurred_at < in_post.evaluated_at
    group by 1, 2, 3

),

learning as (

    select
        in_post.period_type,
        in_post.period_start_on,
        in_post.ild_staff_id,
        count(*) as n_pd_events,
        sum(attendances.attended_minutes) as pd_minutes
    from in_post
    inner join attendances
        on
            in_post.ild_staff_id = attendances.staff_id
            and attendances.held_on >= in_post.period_start_on
            and attendances.held_on < in_post.evaluated_before_on
    group by 1, 2, 3

),

final as (

    select
        in_post.period_type,
        in_post.period_start_on,
        in_post.period_end_on,
        in_post.evaluated_before_on,
        in_post.evaluated_at,
        in_post.ild_staff_id,
        in_post.n_days_in_post,
        in_post.worked_minutes,
        in_post.operational_minutes,
        least(in_post.worked_minutes / nullif(in_post.expected_minutes, 0), 1) as time_coverage,
        least(in_post.logged_minutes / nullif(in_post.log_expected_minutes, 0), 1) as log_coverage,
        coalesce(reviews.n_steps_due, 0) as n_steps_due,
        coalesce(reviews.n_steps_reviewed, 0) as n_steps_reviewed,
        coalesce(hand_overs.n_issues_due, 0) as n_issues_due,
        coalesce(hand_overs.n_issues_handed_over, 0) as n_issues_handed_over,
        coalesce(broken.n_visits_planned, 0) as n_visits_planned,
        coalesce(broken.n_visits_broken, 0) as n_visits_broken,
        coalesce(coaching.n_il_contacts, 0) as n_il_contacts,
        coalesce(coaching.n_tagged_il_contacts, 0) as n_tagged_il_contacts,
        coalesce(coaching.n_evaluation_tagged_contacts, 0) as n_evaluation_tagged_contacts,
        coalesce(coaching.n_observed_sessions, 0) as n_observed_sessions,
        coalesce(learning.n_pd_events, 0) as n_pd_events,
        coalesce(learning.pd_minutes, 0) as pd_minutes,
        least(coalesce(log.log_as_of_at, as_of.as_of_at), in_post.evaluated_at) as data_as_of
    from in_post
    cross join log
    cross join as_of
    left join reviews using (period_type, period_start_on, ild_staff_id)
    left join hand_overs using (period_type, period_start_on, ild_staff_id)
    left join broken using (period_type, period_start_on, ild_staff_id)
    left join coaching using (period_type, period_start_on, ild_staff_id)
    left join learning using (period_type, period_start_on, ild_staff_id)

)

select * from final
