-- Grain: one day, from the week before the first data to two weeks ahead.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

first_data as (

    select * from {{ ref('int_first_data') }}

),

no_school as (

    select * from {{ source('config', 'no_school_day') }}

),

days as (

    select generated.day::date as day
    from as_of
    cross join generate_series(
        {{ week_of("(select min(first_data.first_on) from first_data)") }} - 7,
        as_of.as_of_on + 14,
        interval '1 day'
    ) as generated (day)

),

final as (

    select
        days.day,
        extract(isodow from days.day)::int as iso_weekday,
        {{ week_of('days.day') }} as week_start_on,
        no_school.day is not null as is_no_school_day
    from days
    left join no_school on days.day = no_school.day

)

select * from final
