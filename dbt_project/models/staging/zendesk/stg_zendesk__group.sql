with groups as (

    select * from {{ source('raw_zendesk', 'groups') }}
    where _is_current and not _is_deleted

),

final as (

    select
        _source || ':' || id as group_key,
        _source as source_name,
        id as group_id,
        name as group_name,
        not coalesce(deleted, false) as is_active,
        _load_id
    from groups

)

select * from final
