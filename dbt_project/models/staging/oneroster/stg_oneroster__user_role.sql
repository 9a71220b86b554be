-- Grain: one role of one user at one organisation; roles the source dropped stay, with the day it did.
with roles as (

    select * from {{ source('raw_oneroster', 'user_roles') }}
    where _is_current

),

final as (

    select
        user_sourced_id as user_id,
        _source as source_name,
        org_sourced_id as org_id,
        role as sis_role,
        role_type,
        begin_on as begins_on,
        end_on as ends_on,
        case when _is_deleted then _seen_from end as removed_at,
        _seen_from as seen_from,
        _load_id
    from roles

)

select * from final
