-- Grain: one party the central office answers to, over the days the register has it.
with final as (

    select
        source_name || ':' || stakeholder_id as stakeholder_key,
        stakeholder_id,
        lower(btrim(audience)) as audience,
        influence,
        valid_from,
        valid_to,
        _load_id
    from {{ ref('stg_csv_drop__stakeholder') }}

)

select * from final
