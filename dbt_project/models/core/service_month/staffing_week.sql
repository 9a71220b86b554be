{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}]) }}

-- Grain: one open school in one week. Vacancies: position-days, Monday to Friday, on which the roster showed a position of the
-- school without an occupant, up to the judging of the week. Substitutes: those asked for and found on days the register tells.
-- Staff: people the roster places at the school when the week was judged; where there is no roster, those the SIS gives a role
-- there now. Null where the register was never delivered: nobody knows of no vacancy.
-- Known gap: a vacancy begins when a roster first shows it and ends with the first roster that shows it filled.
with positions as (

    select * from {{ ref('stg_csv_drop__hr_position') }}

),

sis_roles as (

    select * from {{ ref('stg_oneroster__user_role') }}

),

substitutes as (

    select * from {{ ref('stg_csv_drop__substitute_day') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

org_aliases as (

    select * from {{ ref('dim_org_alias') }}
    where alias_kind in ('code', 'hr_code') and org_type = 'school'

),

weeks as (

    select * from {{ ref('dim_week') }}

),

days as (

    select * from {{ ref('dim_calendar_day') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

registers as (

    select
        min(source_at) as source_at,
        max(source_at) filter (where stream_name = 'hr_position') as positions_at,
        max(source_at) filter (where stream_name = 'substitute_day') as substitutes_at
    from {{ ref('dim_stream') }}
    where stream_name in ('hr_position', 'substitute_day')

),

placed_positions as (

    select
        place.school_key,
        positions.staff_id,
        {{ local_day('positions.seen_from', 'as_of.timezone') }} as shown_from,
        {{ local_day('positions.seen_to', 'as_of.timezone') }} as shown_to
    from positions
    cross join as_of
    inner join lateral (
        select org_aliases.org_key as school_key
        from org_aliases
        where
            org_aliases.alias in (
                {{ normalised_code("positions.hr_org_code") }}, {{ normalised_code("positions.department_name") }}
            )
        order by org_aliases.evidence_rank, org_aliases.alias
        limit 1
    ) as place on true

),

vacancies as (

    select
        weeks.week_start_on,
        placed_positions.school_key,
        count(*) as n_vacancy_days
    from weeks
    inner join days
        on
            weeks.week_start_on = days.week_start_on
            and days.iso_weekday <= 5
            and days.day < weeks.evaluated_before_on
    inner join placed_positions
        on
            placed_positions.staff_id is null
            and {{ covers('placed_positions.shown_from', 'placed_positions.shown_to', 'days.day') }}
    group by 1, 2

),

staff_by_roster as (

    select
        weeks.week_start_on,
        placed_positions.school_key,
        count(distinct placed_positions.staff_id) as n_staff
    from weeks
    inner join placed_positions
        on
            placed_positions.shown_from <= weeks.shown_on
            and coalesce(placed_positions.shown_to, 'infinity') > weeks.shown_on
    group by 1, 2

),

staff_by_sis as (

    select
        place.school_key,
        count(distinct sis_roles.user_id) as n_staff
    from sis_roles
    inner join lateral (
        select org_aliases.org_key as school_key
        from org_aliases
        where org_aliases.alias = {{ normalised_code('sis_roles.org_id') }}
        order by org_aliases.evidence_rank
        limit 1
    ) as place on true
    where sis_roles.removed_at is null and sis_roles.sis_role not in ('student', 'parent', 'guardian', 'relative')
    group by 1

),

requested as (

    select
        {{ week_of('substitutes.day') }} as week_start_on,
        place.school_key,
        sum(substitutes.n_requested)::bigint as n_substitutes_requested,
        sum(least(substitutes.n_filled, substitutes.n_requested))::bigint as n_substitutes_filled
    from substitutes
    inner join lateral (
        select org_aliases.org_key as school_key
        from org_aliases
        where org_aliases.alias = {{ normalised_code('substitutes.school_id') }}
        order by org_aliases.evidence_rank
        limit 1
    ) as place on true
    group by 1, 2

),

final as (

    select
        weeks.week_start_on,
        schools.school_key,
        case
            when registers.positions_at is not null then staff_by_roster.n_staff
            else staff_by_sis.n_staff
        end as n_staff,
        case when registers.positions_at is not null then coalesce(vacancies.n_vacancy_days, 0) end as n_vacancy_days,
        requested.n_substitutes_requested,
        requested.n_substitutes_filled,
        least(weeks.evaluated_at, registers.source_at) as data_as_of
    from weeks
    cross join registers
    inner join schools on coalesce(schools.closed_on, 'infinity'::date) >= weeks.evaluated_before_on
    left join vacancies on weeks.week_start_on = vacancies.week_start_on and schools.school_key = vacancies.school_key
    left join requested on weeks.week_start_on = requested.week_start_on and schools.school_key = requested.school_key
    left join staff_by_roster
        on weeks.week_start_on = staff_by_roster.week_start_on and schools.school_key = staff_by_roster.school_key
    left join staff_by_sis on schools.school_key = staff_by_sis.school_key

)

select * from final
