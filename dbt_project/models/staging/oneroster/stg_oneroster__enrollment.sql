with enrollments as (

    select * from {{ source('student_oneroster', 'enrollments') }}
    where coalesce(status, 'active') <> 'tobedeleted' and coalesce(role, 'student') = 'student'

),

final as (

    select
        sourced_id as enrollment_hash,
        "user" as student_hash,
        _source as source_name,
        school_sourced_id as school_key,
        begin_on as begins_on,
        end_on as ends_on,
        _seen_from as seen_from,
        _load_id
    from enrollments

)

select * from final
