-- Grain: one party the office answers to, by code; no person's name.
with stakeholders as (

    select * from {{ source('raw_csv_drop', 'stakeholder') }}
    where _is_current and not _is_deleted

),

final as (

    select
        stakeholder_id,
        _source as source_name,
        audience,
        influence,
        valid_from,
        valid_to,
        _load_id
    from stakeholders

)

select * from final
