-- Closed organisations stay, with the day they closed: the weeks before it still need them.
with orgs as (

    select * from {{ source('raw_oneroster', 'orgs') }}
    where _is_current

),

final as (

    select
        sourced_id as org_id,
        _source as source_name,
        parent_sourced_id as parent_org_id,
        nullif(identifier, '') as school_code,
        nullif(state_id, '') as state_id,
        name as org_name,
        type as org_type,
        level as school_level,

        n_enrolled,
        n_low_income,
        n_english_learner,
        n_disability,
        n_chronic_absent,

        _is_deleted or coalesce(status, 'active') = 'tobedeleted' as is_closed,
        case
            when _is_deleted then _seen_from
            when status = 'tobedeleted' then coalesce(date_last_modified, _seen_from)
        end as closed_at,

        _seen_from as seen_from,
        _load_id
    from orgs

)

select * from final
