-- Grain: one step agreed at a contact, from the register of next steps or, where a contact has none there, from the two dates of
-- the contact itself. A step may take 20 instructional days from the day it was due (from the contact, where no day was set) to
-- be looked at again; `review_before_on` is the first day that is too late, null while the calendar does not reach it.
-- A step that was dropped is nobody's duty. One marked reviewed or closed without a date counts as reviewed in time.
with steps as (

    select * from {{ ref('stg_csv_drop__touchpoint_next_step') }}

),

contacts as (

    select * from {{ ref('touchpoint') }}

),

calendar as (

    select * from {{ ref('dim_calendar_day') }}

),

instructional_days as (

    select
        instructional_day_no,
        day
    from calendar
    where is_instructional

),

collected as (

    select
        source_name || ':' || step_id as step_key,
        source_name || ':' || touchpoint_id as touchpoint_key,
        status,
        due_on,
        reviewed_on,
        service_request_number
    from steps

    union all

    select
        touchpoint_key || ':step',
        touchpoint_key,
        null,
        next_step_due_on,
        next_step_reviewed_on,
        null
    from contacts
    where
        next_step_due_on is not null
        and not exists (
            select 1 from steps
            where steps.source_name || ':' || steps.touchpoint_id = contacts.touchpoint_key
        )

),

final as (

    select
        collected.step_key,
        collected.touchpoint_key,
        contacts.staff_id,
        contacts.school_key,
        collected.service_request_number,
        collected.status,
        coalesce(collected.status = 'dropped', false) as is_dropped,
        collected.reviewed_on is null and coalesce(collected.status not in ('reviewed', 'closed', 'dropped'), true) as is_open,
        case
            when collected.reviewed_on is not null
                then coalesce(collected.reviewed_on <= last_day.day, true)
            else coalesce(collected.status in ('reviewed', 'closed'), false)
        end as is_reviewed_in_time,
        contacts.occurred_on as agreed_on,
        collected.due_on,
        collected.reviewed_on,
        last_day.day + 1 as review_before_on
    from collected
    inner join contacts on collected.touchpoint_key = contacts.touchpoint_key
    left join calendar on coalesce(collected.due_on, contacts.occurred_on) = calendar.day
    left join instructional_days as last_day
        on calendar.instructional_day_no + {{ var('next_step_review_days') }} = last_day.instructional_day_no

)

select * from final
