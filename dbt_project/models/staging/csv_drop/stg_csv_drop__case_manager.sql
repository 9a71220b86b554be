-- Rows the register dropped stay, with the moment it did: that is how an unended assignment ends.
with assignments as (

    select * from {{ source('raw_csv_drop', 'case_manager') }}
    where _is_current

),

final as (

    select
        assignment_id,
        _source as source_name,
        school_id,
        unit_id,
        staff_id,
        coalesce(is_primary, true) as is_primary,
        valid_from,
        valid_to,
        case when _is_deleted then _seen_from end as removed_at,
        _seen_from as seen_from,
        _load_id
    from assignments

)

select * from final
