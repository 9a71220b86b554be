-- Grain: one decision. Its wording never enters.
with decisions as (

    select * from {{ source('raw_csv_drop', 'decision') }}
    where _is_current and not _is_deleted

),

final as (

    select
        decision_id,
        _source as source_name,
        unit_id,
        owner_staff_id,
        forum,
        made_on,
        revisit_on,
        _load_id
    from decisions

)

select * from final
