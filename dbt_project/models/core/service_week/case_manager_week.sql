{{
    config(
        indexes=[{'columns': ['week_start_on', 'school_key', 'unit_id'], 'unique': true}],
    )
}}

-- Grain: one school in one unit that works with case managers, in one week: working days of the unit in a row, up to the
-- judging of the week, without one. A case manager whom HR no longer employs covers nobody. Before a unit's first
-- assignment nothing was due.
with assignments as (

    select * from {{ ref('case_manager_assignment') }}
    where school_key is not null

),

employment as (

    select
        staff_id,
        case when bool_or(valid_to is null) then null else max(valid_to) end as left_on
    from {{ ref('int_hr_assignment_interval') }}
    group by 1

),

schools as (

    select * from {{ ref('dim_school') }}

),

unit_weeks as (

    select * from {{ ref('dim_unit_week') }}

),

spans as (

    select
        assignments.school_key,
        assignments.unit_id,
        assignments.valid_from,
        least(assignments.valid_to, employment.left_on) as valid_to
    from assignments
    left join employment on assignments.staff_id = employment.staff_id

),

due as (

    select
        unit_id,
        min(valid_from) as due_from
    from spans
    group by 1

),

last_covered as (

    select
        unit_weeks.week_start_on,
        unit_weeks.unit_id,
        unit_weeks.evaluated_before_on,
        schools.school_key,
        coalesce(
            max(least(spans.valid_to, unit_weeks.evaluated_before_on)) filter (where spans.school_key is not null),
            due.due_from
        ) as covered_before_on,
        bool_or(
            spans.school_key is not null and coalesce(spans.valid_to, 'infinity') >= unit_weeks.evaluated_before_on
        ) as has_case_manager
    from unit_weeks
    inner join due on unit_weeks.unit_id = due.unit_id and due.due_from < unit_weeks.evaluated_before_on
    inner join schools on coalesce(schools.closed_on, 'infinity'::date) >= unit_weeks.evaluated_before_on
    left join spans
        on
            schools.school_key = spans.school_key
            and unit_weeks.unit_id = spans.unit_id
            and coalesce(spans.valid_from, '-infinity') < unit_weeks.evaluated_before_on
            and coalesce(spans.valid_to > spans.valid_from, true)
    group by unit_weeks.week_start_on, unit_weeks.unit_id, unit_weeks.evaluated_before_on, schools.school_key, due.due_from

),

final as (

    select
        last_covered.week_start_on,
        last_covered.school_key,
        last_covered.unit_id,
        last_covered.has_case_manager,
        case
            when last_covered.has_case_manager then 0
            else
                {{ working_days_before('last_covered.unit_id', 'last_covered.evaluated_before_on') }}
                - {{ working_days_before('last_covered.unit_id', 'last_covered.covered_before_on') }}
        end as n_uncovered_days
    from last_covered

)

select * from final
