with touchpoints as (

    select * from {{ source('raw_csv_drop', 'touchpoint') }}
    where _is_current and not _is_deleted

),

final as (

    select
        touchpoint_id,
        _source as source_name,
        staff_id,
        school_id,
        principal_staff_id,
        setting,
        focus,
        practice_tags,
        initiated_by,
        cancel_reason,
        contact_type,
        observed_by_staff_id,
        coalesce(is_planned, false) as is_planned,
        is_ild_informed,
        minutes,
        occurred_at,
        cancelled_at,
        recorded_at,
        next_step_due_on,
        next_step_reviewed_on,
        _load_id
    from touchpoints

)

select * from final
