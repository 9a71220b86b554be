with users as (

    select * from {{ source('raw_zendesk', 'users') }}
    where _is_current and not _is_deleted

),

final as (

    select
        _source || ':' || id as user_key,
        _source as source_name,
        id as user_id,
        external_id as staff_id,
        role,
        _source || ':' || organization_id as organization_key,
        lower(email_domain) as email_domain,
        coalesce(active, true) and not coalesce(permanently_deleted, false) as is_active,
        _load_id
    from users

)

select * from final
