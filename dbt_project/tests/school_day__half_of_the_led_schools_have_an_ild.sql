-- What: on the newest day fewer than half of the schools with a principal have an ILD, although HR knows ILDs or supervisors.
--   The half is the variable min_paired_share.
-- When: HR stopped saying who supervises whom, or renamed its networks. Elsewhere a refactoring that looked managers up by their
--   job title left the column empty at 23 of 24 schools for nine months: every key was fine, so only a share can tell.
-- How: compare supervisor_staff_id in the newest HR extract with an older one; for rosters of positions see job_role and
--   network in the district file. A district that truly has so few ILDs lowers min_paired_share.
with newest as (

    select school_days.*
    from {{ ref('school_day') }} as school_days
    inner join {{ ref('dim_as_of') }} as as_of on school_days.day = as_of.as_of_on
    where school_days.principal_staff_id is not null

),

leaders as (

    select count(*) as n
    from {{ ref('role_assignment') }} as roles
    cross join {{ ref('dim_as_of') }} as as_of
    where
        (roles.role = 'ild' or roles.supervisor_staff_id is not null)
        and {{ covers('roles.valid_from', 'roles.valid_to', 'as_of.as_of_on') }}

)

select
    count(*) as n_schools_with_a_principal,
    count(newest.ild_staff_id) as n_with_an_ild
from newest
cross join leaders
where leaders.n > 0
having count(*) > 0 and count(newest.ild_staff_id) < {{ var('min_paired_share') }} * count(*)
