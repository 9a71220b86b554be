with users as (

    select * from {{ source('raw_servicenow', 'sys_user') }}
    where _is_current and not _is_deleted

),

final as (

    select
        _source || ':' || sys_id as user_key,
        _source as source_name,
        sys_id as user_id,
        user_name_hash,
        employee_number as staff_id,
        _source || ':' || location as location_key,
        department as department_id,
        active as is_active,
        _load_id
    from users

)

select * from final
