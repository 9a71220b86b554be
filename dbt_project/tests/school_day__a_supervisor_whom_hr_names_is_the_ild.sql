-- What: HR names a supervisor for a school's principal, that person is employed, and the school has no ILD or another one.
-- When: always wrong on the newest day. This is how a column of supervisors empties unseen: somebody makes the pairing depend
--   on a job title, HR renames the title, and the schools look like vacancies.
-- How: school_day takes the ILD from supervisor_staff_id of the principal's assignment, by relationship; look there for a
--   condition on a role or a title.
with newest as (

    select school_days.*
    from {{ ref('school_day') }} as school_days
    inner join {{ ref('dim_as_of') }} as as_of on school_days.day = as_of.as_of_on
    where school_days.principal_staff_id is not null

),

named as (

    select
        newest.school_key,
        newest.ild_staff_id,
        array_agg(distinct roles.supervisor_staff_id) as supervisors
    from newest
    inner join {{ ref('role_assignment') }} as roles
        on
            newest.school_key = roles.school_key
            and newest.principal_staff_id = roles.staff_id
            and newest.principal_role = roles.role
            and {{ covers('roles.valid_from', 'roles.valid_to', 'newest.day') }}
    inner join {{ ref('int_hr_assignment_interval') }} as employed
        on
            roles.supervisor_staff_id = employed.staff_id
            and {{ covers('employed.valid_from', 'employed.valid_to', 'newest.day') }}
    group by 1, 2

)

select *
from named
where ild_staff_id is null or not ild_staff_id = any(supervisors)
