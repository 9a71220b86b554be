-- What: more than half of the requests of the last four weeks could not be tied to a school.
-- When: the help desk renamed its places, or HR's codes left the crosswalk; service would look good for want of evidence.
--   A district that has told us of no school yet has none to tie them to.
-- How: marts.attribution_gap_week names the reasons; new names belong in the crosswalk.
select
    count(*) as n_requests,
    count(requests.school_key) as n_attributed
from {{ ref('service_request') }} as requests
cross join {{ ref('dim_as_of') }} as as_of
where
    requests.created_on > as_of.as_of_on - 28
    and exists (select 1 from {{ ref('dim_school') }})
having count(*) >= 20 and count(requests.school_key) < 0.5 * count(*)
