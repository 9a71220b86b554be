-- Grain: one version of one occupant of a position, over the interval the roster showed it.
with positions as (

    select * from {{ source('raw_csv_drop', 'hr_position') }}
    where not _is_deleted

),

final as (

    select
        _source || ':' || position_id || ':' || occupant_no as position_key,
        _source as source_name,
        staff_id,
        department_id as hr_org_code,
        department_name,
        job_title,
        fte,
        _seen_from as seen_from,
        _seen_to as seen_to,
        _load_id
    from positions

)

select * from final
