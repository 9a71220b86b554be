-- Grain: one ticket the help desk still has, but for those that alerts opened: no school asked for them. A deleted ticket leaves:
-- all that is left of it is its number.
select
    _source || ':' || id as request_key,
    _source as source_name,
    id as ticket_id,
    _source || ':' || group_id as group_key,
    _source || ':' || requester_id as requester_key,
    _source || ':' || assignee_id as assignee_key,
    _source || ':' || organization_id as organization_key,
    follower_ids,
    problem_id as parent_id,

    status,
    {{ zendesk_priority('priority') }} as priority,
    category,
    subcategory,
    school_code,
    via_channel as channel,
    coalesce(tags, '{}') as tags,
    'closed_by_merge' = any(tags) as is_merged,

    created_at,
    coalesce(updated_at, created_at) as updated_at,

    _load_id
from {{ source('raw_zendesk', 'tickets') }}
where
    _is_current and not _is_deleted and status <> 'deleted' and created_at is not null
    and 'schoolward' <> all(coalesce(tags, '{}'))
