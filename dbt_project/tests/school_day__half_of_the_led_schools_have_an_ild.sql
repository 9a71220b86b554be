-- What: on the newest day fewer than half of the schools with a principal have an ILD.
-- When: HR stopped saying who supervises whom, or renamed its networks; a column that silently empties would otherwise pass for
--   vacancies, and every school would be flagged as unpaired.
-- How: compare supervisor_staff_id in the newest HR extract with an older one; for rosters of positions see job_role and
--   network in the district file. A district that truly has so few ILDs lowers the share here.
with newest as (

    select school_days.*
    from {{ ref('school_day') }} as school_days
    inner join {{ ref('dim_as_of') }} as as_of on school_days.day = as_of.as_of_on
    where school_days.principal_staff_id is not null

)

select
    count(*) as n_schools_with_a_principal,
    count(ild_staff_id) as n_with_an_ild
from newest
having count(*) > 0 and count(ild_staff_id) < 0.5 * count(*)
