{{ config(indexes=[{'columns': ['staff_id', 'worked_on']}]) }}

-- Grain: one stretch of somebody's worked time, from one source a week: the contact log, or the calendar where it holds more
-- minutes of that person's week. Adding the two up was rejected: a visit stands in both.
-- A talk by video or phone with a school is one to one; a group meeting of the log is one with principals.
-- Known gap: what only the other source knows of that week is not in it.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

contacts as (

    select * from {{ ref('touchpoint') }}
    where not is_cancelled

),

blocks as (

    select * from {{ ref('time_block') }}
    where not is_cancelled

),

collected as (

    select
        'contact_log' as time_source,
        touchpoint_key as stretch_key,
        staff_id,
        school_key,
        focus as category,
        case
            when setting = 'school' then 'school'
            when setting = 'group' then 'principal_group'
            when setting in ('video', 'phone') and school_key is not null then 'one_to_one'
            when setting = 'office' then 'office'
            else 'other'
        end as setting,
        minutes::numeric as minutes,
        occurred_on as worked_on
    from contacts

    union all

    select
        'calendar',
        block_key,
        staff_id,
        school_key,
        category,
        setting,
        minutes,
        worked_on
    from blocks

),

past as (

    select
        collected.*,
        {{ week_of('collected.worked_on') }} as week_start_on
    from collected
    cross join as_of
    where collected.worked_on < as_of.days_over_before_on

),

chosen as (

    select distinct on (staff_id, week_start_on)
        staff_id,
        week_start_on,
        time_source
    from past
    group by staff_id, week_start_on, time_source
    order by staff_id, week_start_on, sum(minutes) desc nulls last, time_source desc

),

final as (

    select
        past.stretch_key,
        past.staff_id,
        past.school_key,
        past.time_source,
        past.category,
        past.setting,
        past.minutes,
        past.category = 'instructional_leadership' as is_il,
        past.setting in ('school', 'principal_group', 'one_to_one') as is_direct,
        past.category in ('operations', 'compliance', 'crisis') as is_operational,
        past.worked_on,
        past.week_start_on
    from past
    inner join chosen
        on
            past.staff_id = chosen.staff_id
            and past.week_start_on = chosen.week_start_on
            and past.time_source = chosen.time_source

)

select * from final
