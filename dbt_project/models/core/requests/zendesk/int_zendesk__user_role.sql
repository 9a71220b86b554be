{{ config(indexes=[{'columns': ['user_key']}]) }}

-- Grain: one person of a help desk in one role, over an interval, the end exclusive: an agent's replies stay replies when the
-- agent has become an end user. The first role we saw is taken to have been so before.
with versions as (

    select * from {{ ref('stg_zendesk__user_version') }}
    where role is not null

),

dated as (

    select
        user_key,
        role,
        least(updated_at, seen_from) as changed_at,
        lag(role) over (partition by user_key order by seen_from, updated_at) as role_before,
        seen_from
    from versions

),

final as (

    select
        user_key,
        role,
        case when role_before is null then '-infinity'::timestamptz else changed_at end as valid_from,
        coalesce(lead(changed_at) over (partition by user_key order by seen_from), 'infinity') as valid_to
    from dated
    where role is distinct from role_before

)

select * from final
