-- What: a rule raises its flag although too little is known, or its log covers too little.
-- When: always wrong: a missing log is not a missing visit.
-- How: see indicator_status and is_flagged in the mart.
select
    reasons.week_start_on,
    reasons.school_key,
    reasons.rule_id
from {{ ref('school_underserved_reason_week') }} as reasons
left join {{ ref('partnership_school_week') }} as partnership
    on reasons.school_key = partnership.school_key and reasons.week_start_on = partnership.week_start_on
where
    reasons.is_flagged
    and (
        reasons.status = 'insufficient_data'
        or (reasons.rule_id = 'partnership_contact_gap' and coalesce(partnership.log_coverage, 0) < 0.7)
    )
