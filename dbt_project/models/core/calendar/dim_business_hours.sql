{{ config(indexes=[{'columns': ['unit_id', 'starts_at'], 'unique': true}]) }}

-- Grain: one open span of one service unit, with the open seconds before it. Spans are local wall-clock hours turned into
-- instants, so a day on which the clocks change is as long as it really was.
-- A span that closes before it opens runs past midnight. An empty first span lets every look-up find a row.
with as_of as (

    select * from {{ ref('dim_as_of') }}

),

hours as (

    select * from {{ source('config', 'unit_hours') }}

),

closures as (

    select * from {{ source('config', 'unit_closure') }}

),

days as (

    select * from {{ ref('dim_business_day') }}

),

open_spans as (

    select
        hours.unit_id,
        (days.day + hours.opens_at) at time zone as_of.timezone as starts_at,
        (days.day + (hours.closes_at <= hours.opens_at)::int + hours.closes_at) at time zone as_of.timezone as ends_at
    from days
    cross join as_of
    inner join hours on days.iso_weekday = hours.iso_weekday
    left join closures on hours.unit_id = closures.unit_id and days.day = closures.closed_on
    where closures.closed_on is null

),

first_spans as (

    select
        units.unit_id,
        ((select min(days.day) from days) - 1)::timestamp at time zone as_of.timezone as starts_at
    from (select distinct hours.unit_id from hours) as units
    cross join as_of

),

spans as (

    select
        unit_id,
        starts_at,
        greatest(ends_at, starts_at) as ends_at
    from open_spans

    union all

    select
        unit_id,
        starts_at,
        starts_at as ends_at
    from first_spans

),

final as (

    select
        unit_id,
        starts_at,
        ends_at,
        coalesce(
            sum(extract(epoch from ends_at - starts_at)::bigint)
                over (partition by unit_id order by starts_at rows between unbounded preceding and 1 preceding),
            0
        )::bigint as open_seconds_before
    from spans

)

select * from final
