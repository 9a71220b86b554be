-- Grain: one row, the district's "now". It is the newest source clock of any load, so a replayed year stays coherent.
-- From 17:00 local a school day counts as over; before, it is not yet counted against anybody.
with district as (

    select * from {{ source('config', 'district') }}

),

newest as (

    select max(source_at) as as_of_at from {{ ref('dim_stream') }}

),

final as (

    select
        district.id as district_id,
        district.timezone,
        newest.as_of_at,
        {{ local_day('newest.as_of_at', 'district.timezone') }} as as_of_on,
        {{ local_day("newest.as_of_at + interval '7 hours'", 'district.timezone') }} as days_over_before_on
    from district
    cross join newest

)

select * from final
