-- Grain: one event on one date of one calendar; a date without events has one row, without a code.
with dates as (

    select * from {{ source('raw_edfi', 'calendar_dates') }}
    where _is_current and not _is_deleted

),

final as (

    select
        dates.calendar_code,
        dates._source as source_name,
        dates.school_id::text as school_id,
        dates.school_year::int as school_year,
        dates.day,
        event.descriptor as event,
        {{ descriptor_code('event.descriptor') }} as event_code,
        dates._load_id
    from dates
    left join lateral unnest(dates.events) as event (descriptor) on true

)

select * from final
