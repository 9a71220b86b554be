{{ config(indexes=[{'columns': ['period_type', 'period_start_on', 'unit_id'], 'unique': true}]) }}

-- Grain: one service unit in one quarter or half-year: what its people learned. Full-time equivalents are averaged over the days
-- of the period that are over; the headcount is whoever was in the unit on its last such day. `elapsed_share` is how much of the
-- period the register can speak of: hours pile up over a quarter, so a limit for a whole one is held against that share of it.
-- Known gap: the register does not say whether an event served teaching and learning; every event attended counts.
with staff as (

    select * from {{ ref('unit_staff') }}

),

attendances as (

    select * from {{ ref('pd_attendance') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

periods as (

    select * from {{ ref('dim_period') }}
    where period_type in ('quarter', 'half_year')

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

register as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'pd_attendance'
    having max(source_at) is not null

),

grid as (

    select
        periods.period_type,
        periods.period_start_on,
        periods.period_end_on,
        units.unit_id,
        least(
            periods.evaluated_before_on, {{ local_day('register.source_at', 'as_of.timezone') }}
        ) as evaluated_before_on,
        least(periods.evaluated_at, register.source_at) as data_as_of
    from periods
    cross join units
    cross join register
    cross join as_of

),

known as (

    select * from grid
    where evaluated_before_on > period_start_on

),

people as (

    select
        known.period_type,
        known.period_start_on,
        known.unit_id,
        staff.staff_id,
        sum(
            staff.fte
            * (
                least(staff.valid_to, known.evaluated_before_on)
                - greatest(staff.valid_from, known.period_start_on)
            )
        ) as fte_days,
        bool_or(coalesce(staff.valid_to, 'infinity') >= known.evaluated_before_on) as is_in_unit_at_end
    from known
    inner join staff
        on
            known.unit_id = staff.unit_id
            and coalesce(staff.valid_from, '-infinity') < known.evaluated_before_on
            and coalesce(staff.valid_to, 'infinity') > known.period_start_on
    group by 1, 2, 3, 4

),

-- Only learning while in the unit is the unit's.
learned as (

    select
        known.period_type,
        known.period_start_on,
        known.unit_id,
        staff.staff_id,
        count(distinct attendances.event_key) as n_events,
        sum(attendances.attended_minutes) as minutes
    from known
    inner join staff on known.unit_id = staff.unit_id
    inner join attendances
        on
            staff.staff_id = attendances.staff_id
            and attendances.held_on >= known.period_start_on
            and attendances.held_on < known.evaluated_before_on
            and {{ covers('staff.valid_from', 'staff.valid_to', 'attendances.held_on') }}
    group by 1, 2, 3, 4

),

final as (

    select
        known.period_type,
        known.period_start_on,
        known.unit_id,
        round(
            coalesce(sum(people.fte_days), 0)::numeric / (known.evaluated_before_on - known.period_start_on), 2
        ) as average_fte,
        count(people.staff_id) filter (where people.is_in_unit_at_end) as n_headcount,
        count(learned.staff_id) filter (where people.is_in_unit_at_end) as n_reached,
        coalesce(sum(learned.n_events), 0)::bigint as n_attendances,
        round(coalesce(sum(learned.minutes), 0) / 60.0, 2) as learning_hours,
        round(
            (known.evaluated_before_on - known.period_start_on)::numeric / (known.period_end_on - known.period_start_on), 4
        ) as elapsed_share,
        known.data_as_of
    from known
    left join people
        on
            known.period_type = people.period_type
            and known.period_start_on = people.period_start_on
            and known.unit_id = people.unit_id
    left join learned
        on
            people.period_type = learned.period_type
            and people.period_start_on = learned.period_start_on
            and people.unit_id = learned.unit_id
            and people.staff_id = learned.staff_id
    group by
        known.period_type, known.period_start_on, known.period_end_on, known.evaluated_before_on, known.unit_id, known.data_as_of

)

select * from final
