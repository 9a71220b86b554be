-- Grain: one piece of evidence.
with items as (

    select * from {{ source('raw_csv_drop', 'evidence_item') }}
    where _is_current and not _is_deleted

),

final as (

    select
        item_id,
        _source as source_name,
        cycle_id,
        unit_id,
        kind,
        dimension,
        collected_on,
        _load_id
    from items

)

select * from final
