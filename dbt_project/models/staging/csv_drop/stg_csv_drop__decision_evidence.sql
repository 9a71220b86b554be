-- Grain: one piece of evidence under one decision.
with links as (

    select * from {{ source('raw_csv_drop', 'decision_evidence') }}
    where _is_current and not _is_deleted

),

final as (

    select
        decision_id,
        item_id,
        _source as source_name,
        _load_id
    from links

)

select * from final
