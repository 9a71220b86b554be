-- Grain: one school visit somebody planned, from one source a month: the contact log or the calendar, whichever knows more of
-- that person's planned visits. A visit stands in both, so adding the two up would count it twice.
-- Broken: given up or moved because the central office called a meeting.
with contacts as (

    select * from {{ ref('touchpoint') }}
    where setting = 'school' and (is_planned or is_cancelled)

),

blocks as (

    select * from {{ ref('time_block') }}
    where setting = 'school' and is_planned

),

collected as (

    select
        'contact_log' as visit_source,
        touchpoint_key as visit_key,
        staff_id,
        school_key,
        is_cancelled,
        cancel_reason,
        occurred_on as planned_on
    from contacts

    union all

    select
        'calendar',
        block_key,
        staff_id,
        school_key,
        is_cancelled,
        cancel_reason,
        worked_on
    from blocks

),

counted as (

    select
        *,
        date_trunc('month', planned_on)::date as month_start_on,
        count(*) over (partition by staff_id, date_trunc('month', planned_on), visit_source) as n_of_source
    from collected

),

ranked as (

    select
        *,
        dense_rank() over (
            partition by staff_id, month_start_on order by n_of_source desc, visit_source desc
        ) as source_rank
    from counted

),

final as (

    select
        visit_key,
        visit_source,
        staff_id,
        school_key,
        is_cancelled,
        is_cancelled and coalesce(cancel_reason = 'central', false) as is_broken,
        planned_on
    from ranked
    where source_rank = 1

)

select * from final
