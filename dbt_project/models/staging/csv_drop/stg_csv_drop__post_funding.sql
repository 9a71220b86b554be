-- Grain: one post and until when it is paid for; an empty end means without end.
with posts as (

    select * from {{ source('raw_csv_drop', 'post_funding') }}
    where _is_current and not _is_deleted

),

final as (

    select
        post_id,
        _source as source_name,
        unit_id,
        role,
        fte,
        funded_from,
        funded_until,
        _load_id
    from posts

)

select * from final
