-- Grain: one day on which a service unit is closed: public holidays and closures of the district file, and the holidays of the
-- schedule its hours are taken from. A day the district file opens is open, whoever closes it.
with file_closures as (

    select * from {{ source('config', 'unit_closure') }}

),

unit_schedules as (

    select * from {{ source('config', 'unit_schedule') }}

),

open_days as (

    select * from {{ source('config', 'unit_open_day') }}

),

schedules as (

    select distinct
        source_name,
        schedule_id,
        schedule_name
    from {{ ref('stg_zendesk__schedule') }}
    where not coalesce(is_deleted, false)

),

holidays as (

    select * from {{ ref('stg_zendesk__holiday') }}

),

schedule_closures as (

    select
        unit_schedules.unit_id,
        generated.day::date as closed_on
    from unit_schedules
    inner join schedules
        on
            unit_schedules.source_name = schedules.source_name
            and lower(btrim(unit_schedules.schedule_name)) = lower(btrim(schedules.schedule_name))
    inner join holidays
        on schedules.source_name = holidays.source_name and schedules.schedule_id = holidays.schedule_id
    cross join lateral generate_series(holidays.starts_on, holidays.last_on, interval '1 day') as generated (day)

),

closures as (

    select
        unit_id,
        closed_on
    from file_closures

    union

    select
        unit_id,
        closed_on
    from schedule_closures

),

final as (

    select closures.*
    from closures
    left join open_days on closures.unit_id = open_days.unit_id and closures.closed_on = open_days.open_on
    where open_days.unit_id is null

)

select * from final
