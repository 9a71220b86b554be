-- Grain: one school on one day. A day without a row is a day nobody told of, not a day without need.
with days as (

    select * from {{ source('raw_csv_drop', 'substitute_day') }}
    where _is_current and not _is_deleted

),

final as (

    select
        school_id,
        day,
        _source as source_name,
        n_requested,
        n_filled,
        _load_id
    from days

)

select * from final
