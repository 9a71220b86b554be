{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}]) }}

-- Grain: one school in one week, while it is open: what the contact log and HR say about the partnership, judged when the week
-- ended (the running week: at the as-of moment). "Trailing" is the four weeks up to then.
with weeks as (

    select * from {{ ref('dim_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

days as (

    select * from {{ ref('partnership_day') }}

),

school_days as (

    select * from {{ ref('school_day') }}

),

calendar as (

    select * from {{ ref('school_calendar_day') }}

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where not is_cancelled and is_by_ild

),

windows as (

    select * from {{ ref('cadence_window') }}
    where is_counted

),

log as (

    select * from {{ ref('touchpoint_log') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

-- Days are numbered by each school's own calendar, so the last twenty are two look-ups.
school_weeks as (

    select
        weeks.*,
        schools.school_key,
        last_day.term_id,
        reached.instructional_day_no,
        first_day.day as twenty_days_from_on
    from weeks
    inner join schools on coalesce(schools.closed_on, 'infinity'::date) >= weeks.evaluated_before_on
    left join calendar as reached
        on schools.school_key = reached.school_key and reached.day = weeks.evaluated_before_on - 1
    left join calendar as last_day
        on
            schools.school_key = last_day.school_key
            and last_day.is_instructional
            and reached.instructional_day_no = last_day.instructional_day_no
    left join calendar as first_day
        on
            schools.school_key = first_day.school_key
            and first_day.is_instructional
            and greatest(reached.instructional_day_no - 19, 1) = first_day.instructional_day_no

),

trailing_days as (

    select
        school_weeks.school_key,
        school_weeks.week_start_on,
        count(*) filter (where days.has_principal) as n_principal_days,
        count(*) filter (
            where days.is_vacant or days.leave_counts_from_on < school_weeks.evaluated_before_on
        ) as n_unpaired_days,
        count(*) filter (where days.is_exposure) as n_exposure_days,
        sum(days.ild_logged_minutes) as logged_minutes,
        sum(days.ild_expected_minutes) as expected_minutes
    from school_weeks
    inner join days
        on
            school_weeks.school_key = days.school_key
            and days.day >= school_weeks.week_start_on - 21
            and days.day < school_weeks.evaluated_before_on
    group by 1, 2

),

contact_counts as (

    select
        school_weeks.school_key,
        school_weeks.week_start_on,
        count(*) filter (where contacts.occurred_on >= school_weeks.week_start_on) as n_contacts,
        count(*) filter (
            where contacts.is_substantive and contacts.occurred_on >= school_weeks.week_start_on
        ) as n_substantive_contacts,
        sum(contacts.minutes) filter (
            where
            contacts.focus = 'instructional_leadership'
            and contacts.occurred_on >= school_weeks.twenty_days_from_on
        ) as il_minutes_20_days,
        max(contacts.occurred_on) filter (where contacts.is_substantive) as last_substantive_contact_on
    from school_weeks
    inner join contacts
        on school_weeks.school_key = contacts.school_key and contacts.occurred_at < school_weeks.evaluated_at
    group by 1, 2

),

cadence as (

    select
        school_weeks.school_key,
        school_weeks.week_start_on,
        count(*) as n_windows_elapsed,
        count(*) filter (where windows.is_met) as n_windows_met
    from school_weeks
    inner join windows
        on
            school_weeks.school_key = windows.school_key
            and school_weeks.term_id = windows.term_id
            and windows.last_on < school_weeks.evaluated_before_on
    group by 1, 2

),

final as (

    select
        school_weeks.week_start_on,
        school_weeks.school_key,
        people.ild_staff_id,
        people.principal_staff_id,

        school_weeks.evaluated_at,
        school_weeks.counts_for_partnership,
        coalesce(contact_counts.n_contacts, 0) as n_contacts,
        coalesce(contact_counts.n_substantive_contacts, 0) as n_substantive_contacts,
        coalesce(contact_counts.il_minutes_20_days, 0) as il_minutes_20_days,
        contact_counts.last_substantive_contact_on,
        coalesce(last_day.n_known_exposure_days_to_date, 0)
        - coalesce(last_contact_day.n_known_exposure_days_to_date, 0) as instructional_days_since_contact,
        coalesce(cadence.n_windows_met, 0) as n_windows_met,
        coalesce(cadence.n_windows_elapsed, 0) as n_windows_elapsed,
        cadence.n_windows_met::numeric / nullif(cadence.n_windows_elapsed, 0) as cadence_share,
        coalesce(trailing_days.n_principal_days, 0) as n_principal_days,
        coalesce(trailing_days.n_unpaired_days, 0) as n_unpaired_days,
        coalesce(trailing_days.n_exposure_days, 0) as n_exposure_days,
        -- A log more than a week behind the week it should speak of has nothing to say.
        case
            when log.known_before_on >= school_weeks.evaluated_before_on - 7
                then least(trailing_days.logged_minutes::numeric / nullif(trailing_days.expected_minutes, 0), 1)
        end as log_coverage,
        least(coalesce(log.log_as_of_at, as_of.as_of_at), school_weeks.evaluated_at) as data_as_of
    from school_weeks
    cross join log
    cross join as_of
    left join trailing_days
        on
            school_weeks.school_key = trailing_days.school_key
            and school_weeks.week_start_on = trailing_days.week_start_on
    left join contact_counts
        on
            school_weeks.school_key = contact_counts.school_key
            and school_weeks.week_start_on = contact_counts.week_start_on
    left join cadence
        on school_weeks.school_key = cadence.school_key and school_weeks.week_start_on = cadence.week_start_on
    left join school_days as people
        on school_weeks.school_key = people.school_key and people.day = school_weeks.shown_on
    left join days as last_day
        on
            school_weeks.school_key = last_day.school_key
            and school_weeks.instructional_day_no = last_day.instructional_day_no
    left join calendar as contact_day
        on
            school_weeks.school_key = contact_day.school_key
            and contact_counts.last_substantive_contact_on = contact_day.day
    left join days as last_contact_day
        on
            school_weeks.school_key = last_contact_day.school_key
            -- A contact on a day that is not over yet.
            and least(contact_day.instructional_day_no, school_weeks.instructional_day_no)
            = last_contact_day.instructional_day_no

)

select * from final
