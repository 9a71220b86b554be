-- What: more than half of the principals that HR names today are at no school we know.
-- When: HR's organisation codes changed, or the crosswalk lacks them.
-- How: add the codes to the crosswalk as kind hr_code; role_assignment keeps the unplaced rows with no school_key.
select
    count(*) as n_principals,
    count(roles.school_key) as n_placed
from {{ ref('role_assignment') }} as roles
cross join {{ ref('dim_as_of') }} as as_of
where
    roles.role in ('principal', 'acting_principal')
    and {{ covers('roles.valid_from', 'roles.valid_to', 'as_of.as_of_on') }}
having count(roles.school_key) < 0.5 * count(*)
