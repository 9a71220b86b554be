with sessions as (

    select * from {{ source('raw_oneroster', 'academic_sessions') }}
    where _is_current and not _is_deleted and coalesce(status, 'active') <> 'tobedeleted'

),

final as (

    select
        sourced_id as session_id,
        _source as source_name,
        parent_sourced_id as parent_session_id,
        type as session_type,
        school_year,
        start_on as starts_on,
        end_on as ends_on,
        _load_id
    from sessions

)

select * from final
