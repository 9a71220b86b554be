-- Grain: one open school in one month: minutes on instructional leadership it was given, beside its need. Need is that of the
-- newest snapshot by the end of the month; months before the first snapshot take that one.
with months as (

    select * from {{ ref('dim_period') }}
    where period_type = 'month'

),

days as (

    select * from {{ ref('partnership_day') }}

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where is_il_contact and school_key is not null

),

needs as (

    select
        school_key,
        need_quartile,
        case
            when lag(snapshot_on) over (partition by school_key order by snapshot_on) is not null then snapshot_on
        end as valid_from,
        lead(snapshot_on) over (partition by school_key order by snapshot_on) as valid_to
    from {{ ref('school_need_snapshot') }}

),

log as (

    select * from {{ ref('touchpoint_log') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

school_months as (

    select
        months.period_start_on,
        months.evaluated_before_on,
        months.evaluated_at,
        days.school_key,
        count(*) filter (where days.is_exposure) as n_exposure_days,
        sum(days.ild_logged_minutes) as logged_minutes,
        sum(days.ild_expected_minutes) as expected_minutes
    from months
    inner join days on days.day >= months.period_start_on and days.day < months.evaluated_before_on
    group by 1, 2, 3, 4

),

given as (

    select
        school_months.period_start_on,
        school_months.school_key,
        sum(contacts.minutes) as il_minutes
    from school_months
    inner join contacts
        on
            school_months.school_key = contacts.school_key
            and contacts.occurred_on >= school_months.period_start_on
            and contacts.occurred_at < school_months.evaluated_at
    group by 1, 2

),

final as (

    select
        school_months.period_start_on,
        school_months.school_key,
        needs.need_quartile,
        school_months.n_exposure_days,
        coalesce(given.il_minutes, 0) as il_minutes,
        school_months.logged_minutes,
        school_months.expected_minutes,
        least(coalesce(log.log_as_of_at, as_of.as_of_at), school_months.evaluated_at) as data_as_of
    from school_months
    cross join log
    cross join as_of
    left join given
        on
            school_months.period_start_on = given.period_start_on
            and school_months.school_key = given.school_key
    left join needs
        on
            school_months.school_key = needs.school_key
            and {{ covers('needs.valid_from', 'needs.valid_to', 'school_months.evaluated_before_on - 1') }}

)

select * from final
