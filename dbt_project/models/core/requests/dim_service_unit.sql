with units as (

    select * from {{ source('config', 'service_unit') }}

),

final as (

    select
        unit_id,
        name as unit_name,
        family,
        chief_staff_id
    from units

)

select * from final
