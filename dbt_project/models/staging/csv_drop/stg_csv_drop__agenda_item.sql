-- Grain: one item on the agenda of one meeting of a forum.
with items as (

    select * from {{ source('raw_csv_drop', 'agenda_item') }}
    where _is_current and not _is_deleted

),

final as (

    select
        item_id,
        _source as source_name,
        forum,
        is_transformation,
        minutes,
        met_on,
        _load_id
    from items

)

select * from final
