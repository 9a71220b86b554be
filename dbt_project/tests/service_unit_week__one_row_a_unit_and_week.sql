-- What: a unit stands twice in a week.
-- When: always wrong; its requests would be counted twice.
-- How: a join in the mart has multiplied rows.
select
    week_start_on,
    unit_id
from {{ ref('service_unit_week') }}
group by week_start_on, unit_id
having count(*) > 1
