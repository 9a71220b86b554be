-- What: a school is flagged without a reason, or has reasons without a flag.
-- When: always wrong: a flag nobody can explain is worse than none.
-- How: compare with school_underserved_reason_week for the same week and school.
select
    week_start_on,
    school_key,
    n_reasons,
    reasons_text
from {{ ref('school_underserved_week') }}
where
    (is_partnership_underserved or is_service_underserved) <> (n_reasons > 0)
    or (n_reasons > 0) <> (reasons_text <> '')
