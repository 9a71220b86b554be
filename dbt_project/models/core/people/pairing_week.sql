{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}]) }}

-- Grain: one school in one week, while it is open: how long its principal has had its ILD, and how often one of the two became
-- somebody else in the 12 months up to then. A principal who acts for another is no change, nor is the return of the same two
-- after a gap.
-- Known gap: a pairing that held when the data begin is longer than told (`is_pairing_start_known` false).
with weeks as (

    select * from {{ ref('dim_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

pairings as (

    select * from {{ ref('ild_principal_pairing') }}

),

school_days as (

    select * from {{ ref('school_day') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

first_days as (

    select
        school_key,
        min(day) as first_on
    from school_days
    group by 1

),

-- Stays of the same two, acting ones left out; what lies between two stays does not part them.
stays as (

    select
        *,
        coalesce(
            (ild_staff_id, principal_staff_id)
            is distinct from (lag(ild_staff_id) over school_order, lag(principal_staff_id) over school_order)
            and lag(ild_staff_id) over school_order is not null,
            false
        ) as is_change
    from pairings
    where not is_acting
    window school_order as (partition by school_key order by valid_from)

),

numbered as (

    select
        *,
        count(*) filter (where is_change) over (partition by school_key order by valid_from) as stay_no
    from stays

),

together as (

    select
        *,
        min(valid_from) over (partition by school_key, stay_no) as together_from
    from numbered

),

school_weeks as (

    select
        weeks.week_start_on,
        weeks.shown_on,
        weeks.evaluated_at,
        schools.school_key,
        first_days.first_on
    from weeks
    inner join schools on coalesce(schools.closed_on, 'infinity'::date) >= weeks.evaluated_before_on
    inner join first_days on schools.school_key = first_days.school_key

),

changes as (

    select
        school_weeks.week_start_on,
        school_weeks.school_key,
        count(*) as n_changes
    from school_weeks
    inner join stays
        on
            school_weeks.school_key = stays.school_key
            and stays.is_change
            and stays.valid_from > school_weeks.shown_on - 365
            and stays.valid_from <= school_weeks.shown_on
    group by 1, 2

),

final as (

    select
        school_weeks.week_start_on,
        school_weeks.school_key,
        together.ild_staff_id,
        together.principal_staff_id,
        together.together_from as paired_from,
        school_weeks.shown_on - together.together_from + 1 as n_pairing_days,
        together.together_from > school_weeks.first_on as is_pairing_start_known,
        coalesce(changes.n_changes, 0) as n_changes_12_months,
        least(school_weeks.shown_on - school_weeks.first_on + 1, 365) as n_known_days_12_months,
        least(as_of.as_of_at, school_weeks.evaluated_at) as data_as_of
    from school_weeks
    cross join as_of
    left join together
        on
            school_weeks.school_key = together.school_key
            and {{ covers('together.valid_from', 'together.valid_to', 'school_weeks.shown_on') }}
    left join changes
        on school_weeks.school_key = changes.school_key and school_weeks.week_start_on = changes.week_start_on

)

select * from final
