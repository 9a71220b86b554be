-- Grain: one review of the theory of action, planned, held or both.
with reviews as (

    select * from {{ source('raw_csv_drop', 'toa_review') }}
    where _is_current and not _is_deleted

),

final as (

    select
        review_id,
        _source as source_name,
        version_id,
        planned_on,
        held_on,
        _load_id
    from reviews

)

select * from final
