-- Grain: one school year: the ILDs in post on its first day and how many of them still are on its last (which is the day before
-- the next school year, so a summer's leavers count), and the FTE of ILDs and case managers for the schools open then.
with staff as (

    select * from {{ ref('interface_staff') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

years as (

    select * from {{ ref('dim_period') }}
    where period_type = 'year'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

hr as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name in ('hr_assignment', 'hr_position')
    having max(source_at) is not null

),

at_start as (

    select distinct
        years.period_start_on,
        staff.staff_id
    from years
    inner join staff
        on staff.role = 'ild' and {{ covers('staff.valid_from', 'staff.valid_to', 'years.period_start_on') }}

),

at_end as (

    select
        years.period_start_on,
        staff.role,
        staff.staff_id,
        sum(staff.fte) as fte
    from years
    inner join staff on {{ covers('staff.valid_from', 'staff.valid_to', 'years.evaluated_before_on - 1') }}
    group by 1, 2, 3

),

retained as (

    select
        at_start.period_start_on,
        count(*) as n_ilds_at_start,
        count(at_end.staff_id) as n_ilds_stayed
    from at_start
    left join at_end
        on
            at_start.period_start_on = at_end.period_start_on
            and at_start.staff_id = at_end.staff_id
            and at_end.role = 'ild'
    group by 1

),

posted as (

    select
        period_start_on,
        sum(fte) filter (where role = 'ild') as ild_fte,
        sum(fte) filter (where role = 'case_manager') as case_manager_fte
    from at_end
    group by 1

),

open_schools as (

    select
        years.period_start_on,
        count(*) as n_schools
    from years
    inner join schools on coalesce(schools.closed_on, 'infinity') >= years.evaluated_before_on
    group by 1

),

final as (

    select
        years.period_start_on,
        as_of.district_id,
        coalesce(retained.n_ilds_at_start, 0) as n_ilds_at_start,
        coalesce(retained.n_ilds_stayed, 0) as n_ilds_stayed,
        coalesce(posted.ild_fte, 0) as ild_fte,
        coalesce(posted.case_manager_fte, 0) as case_manager_fte,
        coalesce(open_schools.n_schools, 0) as n_schools,
        least(years.evaluated_at, hr.source_at) as data_as_of
    from years
    cross join as_of
    cross join hr
    left join retained on years.period_start_on = retained.period_start_on
    left join posted on years.period_start_on = posted.period_start_on
    left join open_schools on years.period_start_on = open_schools.period_start_on

)

select * from final
