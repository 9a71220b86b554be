with users as (

    select * from {{ source('raw_oneroster', 'users') }}
    where _is_current and not _is_deleted and coalesce(status, 'active') <> 'tobedeleted'

),

final as (

    select
        sourced_id as user_id,
        _source as source_name,
        nullif(identifier, '') as staff_id,
        primary_org_sourced_id as primary_org_id,
        enabled as is_enabled,
        _load_id
    from users

)

select * from final
