{{ config(indexes=[{'columns': ['school_key', 'day'], 'unique': true}]) }}

-- Grain: one open school on one day up to the as-of day: who leads it and which ILD works with that principal.
-- The ILD is found by relationship, never by job title: whom HR names as the principal's supervisor, if that person is still
-- employed. Only where HR states no such relationships (rosters of positions) is it who holds the ILD role for the network.
-- An acting principal stands in while the principal is away. Somebody on leave is outranked by anybody present.
with schools as (

    select * from {{ ref('dim_school') }}

),

days as (

    select calendar.*
    from {{ ref('dim_calendar_day') }} as calendar
    cross join {{ ref('dim_as_of') }} as as_of
    where calendar.day <= as_of.as_of_on

),

roles as (

    select * from {{ ref('role_assignment') }}

),

leave_days as (

    select distinct
        leaves.staff_id,
        days.day
    from {{ ref('staff_leave') }} as leaves
    inner join days on {{ covers('leaves.valid_from', 'leaves.valid_to', 'days.day') }}

),

employment as (

    select
        staff_id,
        valid_from,
        valid_to
    from {{ ref('int_hr_assignment_interval') }}

    union all

    select
        positions.staff_id,
        {{ local_day('positions.seen_from', 'as_of.timezone') }},
        {{ local_day('positions.seen_to', 'as_of.timezone') }}
    from {{ ref('stg_csv_drop__hr_position') }} as positions
    cross join {{ ref('dim_as_of') }} as as_of
    where positions.staff_id in (select roles.supervisor_staff_id from roles)

),

known_to_hr as (

    select distinct staff_id from employment

),

open_days as (

    select
        schools.school_key,
        schools.network_id,
        calendar.day,
        calendar.week_start_on,
        calendar.is_instructional
    from schools
    inner join {{ ref('school_calendar_day') }} as calendar on schools.school_key = calendar.school_key
    cross join {{ ref('dim_as_of') }} as as_of
    where calendar.day <= as_of.as_of_on

),

principals as (

    select distinct on (open_days.school_key, open_days.day)
        open_days.school_key,
        open_days.day,
        roles.staff_id as principal_staff_id,
        roles.role as principal_role,
        roles.origin as principal_origin,
        roles.supervisor_staff_id,
        leave_days.staff_id is not null as is_principal_on_leave
    from open_days
    inner join roles
        on
            open_days.school_key = roles.school_key
            and roles.role in ('principal', 'acting_principal')
            and {{ covers('roles.valid_from', 'roles.valid_to', 'open_days.day') }}
    left join leave_days on roles.staff_id = leave_days.staff_id and open_days.day = leave_days.day
    order by
        open_days.school_key, open_days.day,
        leave_days.staff_id is not null,
        array_position(array['hr_assignment', 'hr_position', 'sis'], roles.origin),
        roles.role = 'principal' desc,
        roles.fte desc nulls last,
        roles.valid_from desc nulls last,
        roles.staff_id

),

supervisors as (

    select
        principals.school_key,
        principals.day,
        principals.supervisor_staff_id as ild_staff_id,
        'supervisor' as pairing_method,
        null::double precision as fte
    from principals
    left join known_to_hr on principals.supervisor_staff_id = known_to_hr.staff_id
    where
        principals.supervisor_staff_id is not null
        and (
            known_to_hr.staff_id is null
            or exists (
                select 1 from employment
                where
                    employment.staff_id = principals.supervisor_staff_id
                    and {{ covers('employment.valid_from', 'employment.valid_to', 'principals.day') }}
            )
        )

),

network_ilds as (

    select
        open_days.school_key,
        open_days.day,
        roles.staff_id as ild_staff_id,
        'network' as pairing_method,
        roles.fte
    from open_days
    inner join principals on open_days.school_key = principals.school_key and open_days.day = principals.day
    inner join roles
        on
            open_days.network_id = roles.network_id
            and roles.role = 'ild'
            and {{ covers('roles.valid_from', 'roles.valid_to', 'open_days.day') }}
    where not exists (select 1 from roles as stated where stated.supervisor_staff_id is not null)

),

ilds as (

    select distinct on (candidates.school_key, candidates.day)
        candidates.school_key,
        candidates.day,
        candidates.ild_staff_id,
        candidates.pairing_method,
        leave_days.staff_id is not null as is_ild_on_leave
    from (
        select * from supervisors
        union all
        select * from network_ilds
    ) as candidates
    left join leave_days on candidates.ild_staff_id = leave_days.staff_id and candidates.day = leave_days.day
    order by
        candidates.school_key, candidates.day,
        leave_days.staff_id is not null,
        candidates.fte desc nulls last,
        candidates.ild_staff_id

),

final as (

    select
        open_days.school_key,
        open_days.day,
        open_days.week_start_on,
        open_days.is_instructional,
        principals.principal_staff_id,
        principals.principal_role,
        ilds.ild_staff_id,
        ilds.pairing_method,
        coalesce(principals.is_principal_on_leave, false) as is_principal_on_leave,
        coalesce(ilds.is_ild_on_leave, false) as is_ild_on_leave
    from open_days
    left join principals on open_days.school_key = principals.school_key and open_days.day = principals.day
    left join ilds on open_days.school_key = ilds.school_key and open_days.day = ilds.day

)

select * from final
