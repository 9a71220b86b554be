-- Grain: one day on which a unit may be open, from a fixed first day to a little ahead of now. Positions on a unit's calendar are
-- counted from that first day and kept with requests, so it must not move when older requests arrive.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

final as (

    select
        generated.day::date as day,
        extract(isodow from generated.day)::int as iso_weekday
    from as_of
    cross join generate_series('{{ var("business_hours_from") }}'::date, as_of.as_of_on + 14, interval '1 day') as generated (day)

)

select * from final
