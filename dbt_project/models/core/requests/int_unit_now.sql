-- Grain: one help desk and one unit: where the unit's business clock stands when what the desk tells ends.
with source_clocks as (

    select * from {{ ref('int_helpdesk_clock') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

final as (

    select
        source_clocks.source_name,
        units.unit_id,
        {{ business_seconds_at('units.unit_id', 'source_clocks.source_at') }} as business_seconds
    from source_clocks
    cross join units

)

select * from final
