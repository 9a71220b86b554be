-- Grain: one school whose SIS is an Ed-Fi ODS: students enrolled now, and how many of them have which need.
-- Chronically absent = absent on a tenth of the school's days since the student came this school year, ten days at least; it is
-- counted only where the ODS gives attendance at all. Most states send absences alone: a day without one is a day present.
with identities as (

    select * from {{ ref('int_school_identity') }}
    where system_name = 'edfi'

),

stays as (

    select * from {{ ref('stg_edfi__student_school') }}

),

needs as (

    select * from {{ ref('stg_edfi__student_need') }}

),

absences as (

    select events.*
    from {{ ref('stg_edfi__student_attendance') }} as events
    inner join {{ source('config', 'source_option') }} as options
        on
            options.option_name = 'absences'
            and events.source_name = options.source_name
            and lower(options.value) in (events.category_code, lower(events.category))

),

calendar as (

    select * from {{ ref('school_calendar_day') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

enrolled as (

    select
        identities.school_key,
        stays.source_name,
        stays.school_id,
        stays.student_hash,
        min(stays.begins_on) as begins_on
    from stays
    inner join identities
        on stays.source_name = identities.source_name and stays.school_id = identities.source_school_id
    cross join as_of
    where {{ covers('stays.begins_on', 'stays.ends_on', 'as_of.as_of_on') }}
    group by 1, 2, 3, 4

),

days_so_far as (

    select
        calendar.school_key,
        calendar.school_year,
        calendar.day,
        calendar.instructional_day_no,
        max(calendar.school_year) over (partition by calendar.school_key) as newest_school_year
    from calendar
    cross join as_of
    where calendar.day <= as_of.as_of_on

),

school_years as (

    select
        school_key,
        min(day) as starts_on,
        max(instructional_day_no) as instructional_day_no
    from days_so_far
    where school_year = newest_school_year
    group by 1

),

membership as (

    select
        enrolled.*,
        school_years.starts_on as year_starts_on,
        school_years.instructional_day_no - coalesce(before.instructional_day_no, 0) as n_days
    from enrolled
    left join school_years on enrolled.school_key = school_years.school_key
    left join calendar as before
        on
            enrolled.school_key = before.school_key
            and greatest(enrolled.begins_on, school_years.starts_on) - 1 = before.day

),

absent as (

    select
        membership.school_key,
        membership.source_name,
        membership.student_hash,
        sum(least(days.absent_days, 1)) as absent_days
    from membership
    inner join (
        select
            source_name,
            school_id,
            student_hash,
            event_on,
            sum(duration_days) as absent_days
        from absences
        group by 1, 2, 3, 4
    ) as days
        on
            membership.source_name = days.source_name
            and membership.school_id = days.school_id
            and membership.student_hash = days.student_hash
            and days.event_on >= greatest(membership.begins_on, membership.year_starts_on)
    group by 1, 2, 3

),

final as (

    select
        membership.school_key,
        count(*) as n_enrolled,
        count(*) filter (where needs.is_low_income) as n_low_income,
        count(*) filter (where needs.is_english_learner) as n_english_learner,
        count(*) filter (where needs.has_disability) as n_disability,
        case
            when exists (select 1 from absences)
                then count(*) filter (where membership.n_days >= 10 and absent.absent_days >= 0.1 * membership.n_days)
        end as n_chronic_absent
    from membership
    left join needs
        on membership.student_hash = needs.student_hash and membership.source_name = needs.source_name
    left join absent
        on
            membership.school_key = absent.school_key
            and membership.student_hash = absent.student_hash
            and membership.source_name = absent.source_name
    group by 1

)

select * from final
