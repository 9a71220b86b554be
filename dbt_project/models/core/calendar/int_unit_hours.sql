-- Grain: one open stretch of one weekday of one service unit, while it was in force. From the district file; a unit that takes
-- its hours from a help desk's schedule has the schedule's, in the schedule's time zone, once it has been pulled. Minutes are
-- local wall-clock time since the day's midnight; a stretch of the district file may run into the next day.
-- The first version of a schedule holds for all time before; a later one from the day it was first seen.
-- A schedule's stretch that runs past midnight is cut there, so that a holiday closes its own day and no other.
with file_hours as (

    select * from {{ source('config', 'unit_hours') }}

),

unit_schedules as (

    select * from {{ source('config', 'unit_schedule') }}

),

schedules as (

    select * from {{ ref('stg_zendesk__schedule') }}
    where not coalesce(is_deleted, false)

),

rails_zones as (

    select * from {{ ref('rails_time_zones') }}

),

known_zones as (

    select name as zone from pg_catalog.pg_timezone_names

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

-- A zone nobody knows counts as the district's: a clock an hour off is better than none.
pulled as (

    select
        unit_schedules.unit_id,
        coalesce(known_zones.zone, as_of.timezone) as timezone,
        schedules.starts_minute,
        schedules.ends_minute,
        case
            when schedules.is_change then {{ local_day('schedules.seen_from', 'as_of.timezone') }}
        end as valid_from,
        {{ local_day('schedules.seen_to', 'as_of.timezone') }} as valid_to
    from unit_schedules
    inner join schedules
        on
            unit_schedules.source_name = schedules.source_name
            and lower(btrim(unit_schedules.schedule_name)) = lower(btrim(schedules.schedule_name))
    cross join as_of
    left join rails_zones on schedules.time_zone = rails_zones.rails_name
    left join known_zones on coalesce(rails_zones.iana_name, schedules.time_zone) = known_zones.zone

),

final as (

    select
        file_hours.unit_id,
        as_of.timezone,
        file_hours.valid_from,
        file_hours.valid_to,
        file_hours.iso_weekday,
        (extract(epoch from file_hours.opens_at) / 60)::int as opens_minute,
        (extract(epoch from file_hours.closes_at) / 60)::int
        + case when file_hours.closes_at <= file_hours.opens_at then 1440 else 0 end as closes_minute
    from file_hours
    cross join as_of
    where not exists (select 1 from pulled where pulled.unit_id = file_hours.unit_id)

    union all

    select
        pulled.unit_id,
        pulled.timezone,
        pulled.valid_from,
        pulled.valid_to,
        (weekday.no + 6) % 7 + 1 as iso_weekday,
        greatest(pulled.starts_minute - weekday.no * 1440, 0) as opens_minute,
        least(pulled.ends_minute - weekday.no * 1440, 1440) as closes_minute
    from pulled
    cross join lateral generate_series(pulled.starts_minute / 1440, (pulled.ends_minute - 1) / 1440) as weekday (no)

)

select * from final
