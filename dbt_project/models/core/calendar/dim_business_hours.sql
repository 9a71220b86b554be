{{ config(indexes=[{'columns': ['unit_id', 'starts_at'], 'unique': true}]) }}

-- Grain: one open span of one service unit, with the open seconds before it. Spans are local wall-clock hours turned into
-- instants, so a day on which the clocks change is as long as it really was. A span belongs to the day it opens on, though it may
-- close on the next; special hours of a date stand in place of its weekday's and of any closure.
-- An empty first span lets every look-up find a row.
-- A minute is open when the wall clock says so: a span that begins or ends within the hour that clocks repeat in autumn is two
-- pieces, one for each time that hour comes.
with hours as (

    select * from {{ ref('int_unit_hours') }}

),

closures as (

    select * from {{ ref('int_unit_closure') }}

),

special_hours as (

    select * from {{ source('config', 'unit_special_hours') }}

),

days as (

    select * from {{ ref('dim_business_day') }}

),

units as (

    select
        unit_id,
        min(timezone) as timezone
    from hours
    group by 1

),

special_days as (

    select distinct
        unit_id,
        day
    from special_hours

),

wall_clock as (

    select
        hours.unit_id,
        hours.timezone,
        days.day + make_interval(mins => hours.opens_minute) as opens,
        days.day + make_interval(mins => hours.closes_minute) as closes
    from days
    inner join hours
        on
            days.iso_weekday = hours.iso_weekday
            and {{ covers('hours.valid_from', 'hours.valid_to', 'days.day') }}
    left join closures on hours.unit_id = closures.unit_id and days.day = closures.closed_on
    left join special_days on hours.unit_id = special_days.unit_id and days.day = special_days.day
    where closures.closed_on is null and special_days.day is null

    union all

    select
        units.unit_id,
        units.timezone,
        days.day + special_hours.opens_at,
        days.day + (special_hours.closes_at <= special_hours.opens_at)::int + special_hours.closes_at
    from special_hours
    inner join units on special_hours.unit_id = units.unit_id
    inner join days on special_hours.day = days.day

),

edges as (

    select
        unit_id,
        {{ instant_of('opens', 'timezone') }} as first_open_at,
        {{ instant_of('opens', 'timezone', last=true) }} as last_open_at,
        {{ instant_of('closes', 'timezone') }} as first_close_at,
        {{ instant_of('closes', 'timezone', last=true) }} as last_close_at
    from wall_clock

),

spans as (

    select
        unit_id,
        first_open_at as starts_at,
        case
            when first_close_at < last_close_at then first_close_at
            when first_open_at < last_open_at then date_trunc('hour', last_open_at)
            else last_close_at
        end as ends_at,
        false as is_anchor
    from edges

    union all

    select
        unit_id,
        case when first_open_at < last_open_at then last_open_at else date_trunc('hour', last_close_at) end,
        last_close_at,
        false
    from edges
    where first_open_at < last_open_at or first_close_at < last_close_at

    union all

    select
        unit_id,
        ((select min(days.day) from days) - 1)::timestamp at time zone timezone,
        ((select min(days.day) from days) - 1)::timestamp at time zone timezone,
        true
    from units

),

-- Where the hours of one day run into those of the next, the later span begins when the earlier one ends.
disjoint as (

    select
        unit_id,
        is_anchor,
        greatest(
            starts_at,
            max(ends_at) over (
                partition by unit_id order by starts_at, ends_at rows between unbounded preceding and 1 preceding
            )
        ) as starts_at,
        ends_at
    from spans

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
    from disjoint
    where ends_at > starts_at or is_anchor

)

select * from final
