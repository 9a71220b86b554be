-- What: a network's list of days since contact is as long as its count of schools judged.
-- When: always wrong otherwise: the page's picture and its headline would disagree.
-- How: look for a school that partnership_school_week gives twice in a week.
select *
from {{ ref('leadership_digest_week') }}
where cardinality(days_since_contact) <> n_contact_judged
