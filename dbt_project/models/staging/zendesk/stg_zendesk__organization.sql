with organizations as (

    select * from {{ source('raw_zendesk', 'organizations') }}
    where _is_current and not _is_deleted and deleted_at is null

),

final as (

    select
        _source || ':' || id as organization_key,
        _source as source_name,
        id as organization_id,
        name as organization_name,
        school_code,
        external_id,
        coalesce(domain_names, '{}') as domain_names,
        _load_id
    from organizations

)

select * from final
