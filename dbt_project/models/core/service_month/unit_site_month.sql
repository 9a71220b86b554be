{{ config(indexes=[{'columns': ['period_start_on', 'unit_id'], 'unique': true}]) }}

-- Grain: one service unit in one month: working days of its people, and those with at least one stretch at a school in their
-- calendars. Only people whose calendar has an entry in the month count, since an empty calendar is no calendar; how many that is
-- stands beside. Days of leave are no working days.
with staff as (

    select * from {{ ref('unit_staff') }}

),

blocks as (

    select * from {{ ref('time_block') }}
    where not is_cancelled

),

unit_days as (

    select * from {{ ref('dim_unit_day') }}

),

leaves as (

    select * from {{ ref('staff_leave') }}

),

months as (

    select * from {{ ref('dim_period') }}
    where period_type = 'month'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

register as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'time_block'
    having max(source_at) is not null

),

bounded as (

    select
        months.period_start_on,
        least(months.evaluated_before_on, {{ local_day('register.source_at', 'as_of.timezone') }}) as evaluated_before_on,
        least(months.evaluated_at, register.source_at) as data_as_of
    from months
    cross join register
    cross join as_of

),

staff_days as (

    select distinct
        bounded.period_start_on,
        unit_days.unit_id,
        staff.staff_id,
        unit_days.day
    from bounded
    inner join unit_days
        on unit_days.day >= bounded.period_start_on and unit_days.day < bounded.evaluated_before_on
    inner join staff
        on
            unit_days.unit_id = staff.unit_id
            and {{ covers('staff.valid_from', 'staff.valid_to', 'unit_days.day') }}
    where
        not exists (
            select 1 from leaves
            where
                leaves.staff_id = staff.staff_id
                and {{ covers('leaves.valid_from', 'leaves.valid_to', 'unit_days.day') }}
        )

),

calendar_days as (

    select
        staff_id,
        worked_on,
        bool_or(setting = 'school') as is_at_school
    from blocks
    group by 1, 2

),

people as (

    select
        staff_days.period_start_on,
        staff_days.unit_id,
        staff_days.staff_id,
        count(*) as n_working_days,
        count(calendar_days.worked_on) as n_calendar_days,
        count(*) filter (where calendar_days.is_at_school) as n_site_days
    from staff_days
    left join calendar_days
        on staff_days.staff_id = calendar_days.staff_id and staff_days.day = calendar_days.worked_on
    group by 1, 2, 3

),

final as (

    select
        people.period_start_on,
        people.unit_id,
        count(*) as n_staff,
        count(*) filter (where people.n_calendar_days > 0) as n_staff_with_calendar,
        coalesce(sum(people.n_working_days) filter (where people.n_calendar_days > 0), 0)::bigint as n_working_days,
        coalesce(sum(people.n_site_days), 0)::bigint as n_site_days,
        bounded.data_as_of
    from people
    inner join bounded on people.period_start_on = bounded.period_start_on
    group by people.period_start_on, people.unit_id, bounded.data_as_of

)

select * from final
