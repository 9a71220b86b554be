-- Grain: one ask of the central office. An empty list of schools means every school.
with asks as (

    select * from {{ source('raw_csv_drop', 'central_ask') }}
    where _is_current and not _is_deleted

),

final as (

    select
        ask_id,
        _source as source_name,
        unit_id,
        kind,
        school_ids,
        is_mandatory,
        is_routed_via_ild,
        estimated_minutes,
        sent_on,
        due_on,
        _load_id
    from asks

)

select * from final
