-- What: more than one contact in twenty that took place at a school names a school we do not know.
-- When: the log's school codes changed; schools would seem to have had no contact.
-- How: add the codes to the crosswalk, or mend the log.
select
    count(*) as n_contacts,
    count(*) - count(school_key) as n_without_school
from {{ ref('touchpoint') }}
where setting = 'school'
having count(*) - count(school_key) > 0.05 * count(*)
