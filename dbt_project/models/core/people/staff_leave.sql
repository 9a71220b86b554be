-- Grain: one leave of one member of staff.
with leaves as (

    select * from {{ ref('stg_csv_drop__hr_leave') }}

),

final as (

    select
        leave_id,
        staff_id,
        starts_on as valid_from,
        ends_on as valid_to,
        _load_id
    from leaves

)

select * from final
