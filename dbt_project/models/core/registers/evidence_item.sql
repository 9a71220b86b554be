-- Grain: one piece of evidence: experience, service_data, student_data or research. Unit and dimension are its cycle's where it
-- names none itself.
with items as (

    select * from {{ ref('stg_csv_drop__evidence_item') }}

),

cycles as (

    select * from {{ ref('stg_csv_drop__evidence_cycle') }}

),

final as (

    select
        items.source_name || ':' || items.item_id as item_key,
        items.item_id,
        items.cycle_id,
        coalesce(items.unit_id, cycles.unit_id) as unit_id,
        upper(btrim(coalesce(items.dimension, cycles.dimension))) as dimension,
        lower(btrim(items.kind)) as kind,
        items.collected_on,
        items._load_id
    from items
    left join cycles on items.source_name = cycles.source_name and items.cycle_id = cycles.cycle_id

)

select * from final
