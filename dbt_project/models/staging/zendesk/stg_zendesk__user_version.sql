-- Grain: one version of a person as it was seen.
with versions as (

    select * from {{ source('raw_zendesk', 'users') }}
    where not _is_deleted

),

final as (

    select
        _source || ':' || id as user_key,
        role,
        updated_at,
        _seen_from as seen_from
    from versions

)

select * from final
