with groups as (

    select * from {{ source('raw_servicenow', 'sys_user_group') }}
    where _is_current and not _is_deleted

),

final as (

    select
        _source || ':' || sys_id as group_key,
        _source as source_name,
        sys_id as group_id,
        name as group_name,
        active as is_active,
        _load_id
    from groups

)

select * from final
