-- Grain: one cycle of learning from evidence. Stages still to come are null.
with cycles as (

    select * from {{ source('raw_csv_drop', 'evidence_cycle') }}
    where _is_current and not _is_deleted

),

final as (

    select
        cycle_id,
        _source as source_name,
        unit_id,
        hypothesis_id,
        dimension,
        result,
        opened_on,
        collected_on,
        reflected_on,
        changed_on,
        checked_on,
        _load_id
    from cycles

)

select * from final
