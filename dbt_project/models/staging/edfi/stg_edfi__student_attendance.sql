-- Grain: one attendance event of one student at one school. An event without a duration lasts the day.
with events as (

    select * from {{ source('student_edfi', 'student_school_attendance_events') }}

),

final as (

    select
        student as student_hash,
        _source as source_name,
        school_id::text as school_id,
        event_on,
        category,
        {{ descriptor_code('category') }} as category_code,
        coalesce(event_duration, 1) as duration_days,
        _load_id
    from events

)

select * from final
