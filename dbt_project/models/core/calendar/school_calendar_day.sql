{{ config(indexes=[{'columns': ['school_key', 'day'], 'unique': true}]) }}

-- Grain: one open school on one day: whether it holds school. Its own calendar counts where its SIS gives one, else the
-- district's. `instructional_day_no` numbers the school's own days, so that school days between two days are a subtraction.
with schools as (

    select * from {{ ref('dim_school') }}

),

days as (

    select * from {{ ref('dim_calendar_day') }}

),

own_days as (

    select * from {{ ref('int_school_calendar_day') }}

),

judged as (

    select
        schools.school_key,
        days.day,
        days.week_start_on,
        case when own_days.day is null then days.term_id else own_days.term_id end as term_id,
        case when own_days.day is null then days.school_year else own_days.school_year end as school_year,
        coalesce(own_days.calendar_method, 'district') as calendar_method,
        coalesce(own_days.is_instructional, days.is_instructional) as is_instructional
    from schools
    inner join days on days.day < coalesce(schools.closed_on, 'infinity'::date)
    left join own_days on schools.school_key = own_days.school_key and days.day = own_days.day

),

final as (

    select
        *,
        count(*) filter (where is_instructional) over (partition by school_key order by day) as instructional_day_no
    from judged

)

select * from final
