-- What: two open spans of a unit overlap, so that time would count twice.
-- When: the district file gives a weekday overlapping hours.
-- How: mend `hours` of the unit in the district file.
select *
from (
    select
        unit_id,
        starts_at,
        ends_at,
        lead(starts_at) over (partition by unit_id order by starts_at) as next_starts_at
    from {{ ref('dim_business_hours') }}
) as spans
where ends_at > next_starts_at
