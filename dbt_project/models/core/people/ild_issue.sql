-- Grain: one request that an ILD raised: an operational issue that landed on their plate. It is off the plate from the moment a
-- service unit holds it and somebody other than an ILD owns it; it came back when an ILD owns it again, or the ILDs' own office
-- holds it. That office is a unit whose chief is an ILD or supervises them.
-- An issue has two business days of the central office, days on which any unit is open, after the day it was raised
-- (`hand_over_by_on` is the last of them; null while the calendar does not reach it).
-- Known gap: issues an ILD settles by phone, without a request, are in the contact log only.
with issues as (

    select * from {{ ref('service_request') }}
    where is_raised_by_ild

),

events as (

    select
        events.*,
        row_number() over (
            partition by events.request_key, events.event_type order by events.occurred_at, events.event_no
        ) as nth_of_type
    from {{ ref('request_event') }} as events
    inner join issues on events.request_key = issues.request_key
    where events.event_type in ('group_changed', 'assigned')

),

roles as (

    select * from {{ ref('role_assignment') }}
    where role in ('ild', 'ild_supervisor')

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

school_days as (

    select * from {{ ref('school_day') }}

),

unit_days as (

    select distinct day from {{ ref('dim_unit_day') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

office_days as (

    select
        day,
        row_number() over (order by day) as office_day_no
    from unit_days

),

ilds as (

    select distinct staff_id from roles
    where role = 'ild'

),

ild_offices as (

    select units.unit_id
    from units
    inner join roles on units.chief_staff_id = roles.staff_id

    union

    select unit_id from roles
    where role = 'ild' and unit_id is not null

),

raised as (

    select
        issues.*,
        case
            when ilds.staff_id is not null then issues.requester_staff_id
            else school_days.ild_staff_id
        end as ild_staff_id
    from issues
    left join ilds on issues.requester_staff_id = ilds.staff_id
    left join school_days on issues.school_key = school_days.school_key and issues.created_on = school_days.day

),

-- Where an issue lay when it was raised is what its first hand-over moved it from, or where it still lies.
steps as (

    select
        raised.request_key,
        0 as event_no,
        true as says_unit,
        true as says_owner,
        case when first_group.request_key is null then raised.unit_id else first_group.from_unit_id end as unit_id,
        case
            when first_owner.from_value is not null then 'other'
            when first_owner.request_key is not null or raised.owner_staff_id is null then null
            when ilds.staff_id is not null then 'ild'
            else 'other'
        end as owner,
        raised.created_at as occurred_at
    from raised
    left join events as first_group
        on
            raised.request_key = first_group.request_key
            and first_group.event_type = 'group_changed'
            and first_group.nth_of_type = 1
    left join events as first_owner
        on
            raised.request_key = first_owner.request_key
            and first_owner.event_type = 'assigned'
            and first_owner.nth_of_type = 1
    left join ilds on raised.owner_staff_id = ilds.staff_id

    union all

    select
        events.request_key,
        events.event_no,
        events.event_type = 'group_changed',
        events.event_type = 'assigned',
        events.to_unit_id,
        case
            when events.event_type <> 'assigned' or events.to_value is null then null
            when ilds.staff_id is not null or events.to_staff_id = raised.ild_staff_id then 'ild'
            else 'other'
        end,
        events.occurred_at
    from events
    inner join raised on events.request_key = raised.request_key
    left join ilds on events.to_staff_id = ilds.staff_id

),

runs as (

    select
        *,
        count(*) filter (where says_unit) over step_order as unit_run,
        count(*) filter (where says_owner) over step_order as owner_run
    from steps
    window step_order as (partition by request_key order by occurred_at, event_no)

),

states as (

    select
        runs.request_key,
        runs.occurred_at,
        runs.event_no,
        max(runs.unit_id) over (partition by runs.request_key, runs.unit_run) as unit_id,
        max(runs.owner) over (partition by runs.request_key, runs.owner_run) as owner,
        max(runs.unit_id) over (partition by runs.request_key, runs.unit_run) in (
            select ild_offices.unit_id from ild_offices
        ) as is_ild_office
    from runs

),

handed_over as (

    select distinct on (request_key)
        request_key,
        unit_id,
        occurred_at,
        event_no
    from states
    where unit_id is not null and not is_ild_office and owner = 'other'
    order by request_key, occurred_at, event_no

),

came_back as (

    select
        states.request_key,
        min(states.occurred_at) as occurred_at
    from states
    inner join handed_over on states.request_key = handed_over.request_key
    where
        (states.occurred_at, states.event_no) > (handed_over.occurred_at, handed_over.event_no)
        and (states.owner = 'ild' or states.is_ild_office)
    group by 1

),

final as (

    select
        raised.request_key,
        raised.source_name,
        raised.ild_staff_id,
        raised.school_key,
        handed_over.unit_id,
        raised.is_withdrawn,
        coalesce(
            {{ local_day('handed_over.occurred_at', 'as_of.timezone') }} <= last_day.day, false
        ) as is_handed_over_in_time,
        coalesce(last_day.day < as_of.days_over_before_on, false) as is_due,
        raised.created_at as raised_at,
        raised.created_on as raised_on,
        last_day.day as hand_over_by_on,
        handed_over.occurred_at as handed_over_at,
        {{ local_day('handed_over.occurred_at', 'as_of.timezone') }} as handed_over_on,
        came_back.occurred_at as came_back_at
    from raised
    cross join as_of
    left join handed_over on raised.request_key = handed_over.request_key
    left join came_back on raised.request_key = came_back.request_key
    left join lateral (
        select max(office_days.office_day_no) as office_day_no
        from office_days
        where office_days.day <= raised.created_on
    ) as raised_day on true
    left join office_days as last_day on raised_day.office_day_no + {{ var('hand_over_days') }} = last_day.office_day_no

)

select * from final
