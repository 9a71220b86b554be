-- What: a school has a row in a week that began after it closed.
-- When: always wrong; closed schools drop out.
-- How: see how partnership_week and service_week compare closed_on.
select
    weeks.week_start_on,
    weeks.school_key
from {{ ref('school_underserved_week') }} as weeks
inner join {{ ref('dim_school') }} as schools on weeks.school_key = schools.school_key
where weeks.week_start_on >= schools.closed_on
