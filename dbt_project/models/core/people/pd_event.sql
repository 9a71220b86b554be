-- Grain: one professional-development event.
with events as (

    select * from {{ ref('stg_csv_drop__pd_event') }}

),

final as (

    select
        source_name || ':' || event_id as event_key,
        source_name,
        audience,
        topic_code,
        provider,
        coalesce(is_job_embedded, false) as is_job_embedded,
        minutes,
        cost,
        held_on,
        _load_id
    from events

)

select * from final
