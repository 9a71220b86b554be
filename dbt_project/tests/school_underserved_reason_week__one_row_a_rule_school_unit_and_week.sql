-- What: a rule speaks twice about the same school and unit in a week.
-- When: always wrong; alerts would count it twice.
-- How: a join in int_underserved__rule_week or in the mart has multiplied rows.
select
    week_start_on,
    school_key,
    rule_id,
    unit_id
from {{ ref('school_underserved_reason_week') }}
group by week_start_on, school_key, rule_id, unit_id
having count(*) > 1
