-- Grain: one item on the agenda of one meeting of a forum.
with final as (

    select
        source_name || ':' || item_id as agenda_item_key,
        lower(btrim(forum)) as forum,
        is_transformation,
        minutes,
        met_on,
        _load_id
    from {{ ref('stg_csv_drop__agenda_item') }}

)

select * from final
