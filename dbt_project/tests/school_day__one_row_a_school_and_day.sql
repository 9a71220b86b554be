-- What: a school has two rows on a day, so two principals or two ILDs in post.
-- When: always wrong; exactly one principal's role counts as primary on a school-day.
-- How: a join in school_day has multiplied rows; the last one touched is the suspect.
select
    school_key,
    day
from {{ ref('school_day') }}
group by school_key, day
having count(*) > 1
