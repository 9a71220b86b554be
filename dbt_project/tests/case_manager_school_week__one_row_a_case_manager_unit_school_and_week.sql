-- What: a school that stands twice under its case manager in a unit and week.
-- When: always wrong: a case manager's page counts it twice. The newest week stands for all, which are made the same way.
-- How: a join of the model has multiplied rows; the counts below name the keys.
with newest as (

    select *
    from {{ ref('case_manager_school_week') }}
    where week_start_on = (select max(weeks.week_start_on) from {{ ref('dim_week') }} as weeks)

)

select
    staff_id,
    unit_id,
    school_key,
    count(*) as n_rows
from newest
group by 1, 2, 3
having count(*) > 1
