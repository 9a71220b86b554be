-- Grain: one professional-development event.
with events as (

    select * from {{ source('raw_csv_drop', 'pd_event') }}
    where _is_current and not _is_deleted

),

final as (

    select
        event_id,
        _source as source_name,
        audience,
        topic_code,
        provider,
        is_job_embedded,
        minutes,
        cost,
        held_on,
        _load_id
    from events

)

select * from final
