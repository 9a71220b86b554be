{{ config(indexes=[{'columns': ['scope_type', 'scope_id', 'period_start_on'], 'unique': true}]) }}

-- Grain: one service unit, or the district (units and ILDs), in one school year: hours learned, what they cost and the
-- FTE, beside the same stretch of the year before. An event's cost is shared out by the minutes people were there.
-- `coverage` is that of the stretch the register knows less of; a register that began this year has nothing to compare with.
with years as (

    {{ register_periods(['pd_attendance', 'pd_event'], 'year') }}

),

reach as (

    select * from {{ ref('register_reach') }}
    where stream_name = 'pd_attendance'

),

unit_people as (

    select * from {{ ref('unit_staff') }}

),

ilds as (

    select * from {{ ref('interface_staff') }}
    where role = 'ild'

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

attendances as (

    select * from {{ ref('pd_attendance') }}

),

events as (

    select * from {{ ref('pd_event') }}

),

scoped_people as (

    select
        'unit' as scope_type,
        unit_id as scope_id,
        staff_id,
        fte,
        valid_from,
        valid_to
    from unit_people

    union all

    select
        'district',
        years.district_id,
        everybody.staff_id,
        everybody.fte,
        everybody.valid_from,
        everybody.valid_to
    from (select distinct years.district_id from years) as years
    cross join (
        select
            staff_id,
            fte,
            valid_from,
            valid_to
        from unit_people
        union all
        select
            staff_id,
            fte,
            valid_from,
            valid_to
        from ilds
    ) as everybody

),

stretches as (

    select
        years.period_start_on,
        stretch.years_back,
        (years.period_start_on - make_interval(years => stretch.years_back))::date as from_on,
        (
            least(years.evaluated_before_on, reach.known_before_on) - make_interval(years => stretch.years_back)
        )::date as before_on
    from years
    cross join reach
    cross join (values (0), (1)) as stretch (years_back)
    where least(years.evaluated_before_on, reach.known_before_on) > years.period_start_on

),

known as (

    select
        stretches.*,
        greatest(stretches.before_on - greatest(stretches.from_on, reach.known_from_on), 0)::numeric
        / (stretches.before_on - stretches.from_on) as coverage
    from stretches
    cross join reach

),

costs as (

    select
        attendances.event_key,
        events.cost / nullif(sum(attendances.attended_minutes), 0) as cost_per_minute
    from attendances
    inner join events on attendances.event_key = events.event_key
    group by attendances.event_key, events.cost

),

learned as (

    select
        known.period_start_on,
        known.years_back,
        people.scope_type,
        people.scope_id,
        sum(attendances.attended_minutes) / 60.0 as learning_hours,
        sum(attendances.attended_minutes * costs.cost_per_minute) as learning_cost
    from known
    inner join attendances on attendances.held_on >= known.from_on and attendances.held_on < known.before_on
    inner join scoped_people as people
        on
            attendances.staff_id = people.staff_id
            and {{ covers('people.valid_from', 'people.valid_to', 'attendances.held_on') }}
    left join costs on attendances.event_key = costs.event_key
    group by 1, 2, 3, 4

),

staffed as (

    select
        known.period_start_on,
        known.years_back,
        people.scope_type,
        people.scope_id,
        sum(
            people.fte * (least(people.valid_to, known.before_on) - greatest(people.valid_from, known.from_on))
        )::numeric / (known.before_on - known.from_on) as average_fte
    from known
    inner join scoped_people as people
        on
            coalesce(people.valid_from, '-infinity') < known.before_on
            and coalesce(people.valid_to, 'infinity') > known.from_on
    group by 1, 2, 3, 4, known.before_on, known.from_on

),

scopes as (

    select
        'unit' as scope_type,
        unit_id as scope_id
    from units

    union all

    select distinct
        'district',
        district_id
    from years

),

final as (

    select
        scopes.scope_type,
        scopes.scope_id,
        years.period_start_on,
        coalesce(round(max(learned.learning_hours) filter (where known.years_back = 0), 2), 0) as learning_hours,
        round(max(learned.learning_cost) filter (where known.years_back = 0)::numeric, 2) as learning_cost,
        coalesce(round(max(staffed.average_fte) filter (where known.years_back = 0), 2), 0) as average_fte,
        coalesce(round(max(learned.learning_hours) filter (where known.years_back = 1), 2), 0) as previous_learning_hours,
        coalesce(round(max(staffed.average_fte) filter (where known.years_back = 1), 2), 0) as previous_average_fte,
        round(min(known.coverage), 4) as coverage,
        years.data_as_of
    from scopes
    cross join years
    inner join known on years.period_start_on = known.period_start_on
    left join learned
        on
            known.period_start_on = learned.period_start_on
            and known.years_back = learned.years_back
            and scopes.scope_type = learned.scope_type
            and scopes.scope_id = learned.scope_id
    left join staffed
        on
            known.period_start_on = staffed.period_start_on
            and known.years_back = staffed.years_back
            and scopes.scope_type = staffed.scope_type
            and scopes.scope_id = staffed.scope_id
    group by scopes.scope_type, scopes.scope_id, years.period_start_on, years.data_as_of

)

select * from final
