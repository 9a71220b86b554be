-- Grain: one open stretch of a schedule's week, in one version. Minutes count from Sunday midnight, local. The first version seen
-- holds for all time before; a later one from the day it was first seen.
with schedules as (

    select
        *,
        min(_seen_from) over (partition by _source) as first_seen_from
    from {{ source('raw_zendesk', 'schedules') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

final as (

    select
        schedules.schedule_id,
        schedules._source as source_name,
        schedules.name as schedule_name,
        schedules.time_zone,
        schedules.starts_minute::int as starts_minute,
        schedules.ends_minute::int as ends_minute,
        case
            when schedules._seen_from > schedules.first_seen_from
                then {{ local_day('schedules._seen_from', 'as_of.timezone') }}
            else '-infinity'::date
        end as valid_from,
        {{ local_day('schedules._seen_to', 'as_of.timezone') }} as valid_to,
        schedules._load_id
    from schedules
    cross join as_of
    where not schedules._is_deleted

)

select * from final
