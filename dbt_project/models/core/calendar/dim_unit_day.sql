{{ config(indexes=[{'columns': ['unit_id', 'day'], 'unique': true}]) }}

-- Grain: one day on which a service unit works, numbered, so that working days between two days are a subtraction.
with hours as (

    select * from {{ ref('dim_business_hours') }}
    where ends_at > starts_at

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

open_days as (

    select distinct
        hours.unit_id,
        {{ local_day('hours.starts_at', 'as_of.timezone') }} as day
    from hours
    cross join as_of

),

final as (

    select
        unit_id,
        day,
        row_number() over (partition by unit_id order by day) as working_day_no
    from open_days

)

select * from final
