{{ config(indexes=[{'columns': ['period_start_on', 'school_key', 'unit_id'], 'unique': true}]) }}

-- Grain: one open school in one unit that works with case managers, in one month: who was the school's primary case manager over
-- the twelve months up to it. Days count from the unit's first assignment. A change is a day on which another person takes over
-- from the last one; a gap between the same person's two intervals is none, and a backup who stands in changes nothing.
-- Known gap: where two primaries overlap, each of their days counts for both.
with assignments as (

    select * from {{ ref('case_manager_assignment') }}
    where
        school_key is not null
        and is_primary
        and coalesce(valid_from, '-infinity') < coalesce(active_to, 'infinity')

),

schools as (

    select * from {{ ref('dim_school') }}

),

months as (

    select * from {{ ref('dim_period') }}
    where period_type = 'month'

),

register as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'case_manager'

),

-- An assignment without a beginning has been there as long as anybody knows.
due_units as (

    select
        unit_id,
        min(coalesce(valid_from, '-infinity')) as due_from
    from assignments
    group by 1

),

grid as (

    select
        months.period_start_on,
        schools.school_key,
        due_units.unit_id,
        months.evaluated_before_on,
        least(months.evaluated_at, register.source_at) as data_as_of,
        greatest(due_units.due_from, (months.evaluated_before_on - interval '12 months')::date) as window_from_on
    from months
    cross join register
    cross join due_units
    inner join schools on coalesce(schools.closed_on, 'infinity'::date) >= months.evaluated_before_on
    where due_units.due_from < months.evaluated_before_on

),

days_by_person as (

    select
        grid.period_start_on,
        grid.school_key,
        grid.unit_id,
        assignments.staff_id,
        sum(
            least(assignments.active_to, grid.evaluated_before_on)
            - greatest(assignments.valid_from, grid.window_from_on)
        ) as n_days
    from grid
    inner join assignments
        on
            grid.school_key = assignments.school_key
            and grid.unit_id = assignments.unit_id
            and coalesce(assignments.valid_from, '-infinity') < grid.evaluated_before_on
            and coalesce(assignments.active_to, 'infinity') > grid.window_from_on
    group by 1, 2, 3, 4

),

longest as (

    select
        period_start_on,
        school_key,
        unit_id,
        count(*) as n_case_managers,
        max(n_days) as n_longest_days
    from days_by_person
    group by 1, 2, 3

),

take_overs as (

    select
        school_key,
        unit_id,
        staff_id,
        valid_from as changed_on,
        lag(staff_id) over case_managers as staff_id_before
    from assignments
    window case_managers as (
        partition by school_key, unit_id order by valid_from nulls first, active_to nulls last, assignment_key
    )

),

changes as (

    select
        grid.period_start_on,
        grid.school_key,
        grid.unit_id,
        count(*) as n_changes
    from grid
    inner join take_overs
        on
            grid.school_key = take_overs.school_key
            and grid.unit_id = take_overs.unit_id
            and take_overs.changed_on >= grid.window_from_on
            and take_overs.changed_on < grid.evaluated_before_on
    where take_overs.staff_id <> take_overs.staff_id_before
    group by 1, 2, 3

),

final as (

    select
        grid.period_start_on,
        grid.school_key,
        grid.unit_id,
        grid.evaluated_before_on - grid.window_from_on as n_days_due,
        coalesce(longest.n_longest_days, 0) as n_longest_days,
        coalesce(longest.n_case_managers, 0) as n_case_managers,
        coalesce(changes.n_changes, 0) as n_changes,
        grid.data_as_of
    from grid
    left join longest using (period_start_on, school_key, unit_id)
    left join changes using (period_start_on, school_key, unit_id)

)

select * from final
