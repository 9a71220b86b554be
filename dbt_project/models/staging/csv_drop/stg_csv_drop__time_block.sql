-- Grain: one stretch of somebody's calendar. Categories may be guessed by a rule: confidence says how surely.
with blocks as (

    select * from {{ source('raw_csv_drop', 'time_block') }}
    where _is_current and not _is_deleted

),

final as (

    select
        block_id,
        _source as source_name,
        staff_id,
        school_id,
        category,
        setting,
        cancel_reason,
        is_planned,
        confidence,
        starts_at,
        ends_at,
        cancelled_at,
        _load_id
    from blocks

)

select * from final
