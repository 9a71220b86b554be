{{ config(indexes=[{'columns': ['week_start_on', 'school_key', 'unit_id'], 'unique': true}]) }}

-- Silence may mean that a school gave up asking. These are questions to case managers, never alerts.
with demand as (

    select * from {{ ref('school_demand_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

staffing as (

    select * from {{ ref('staffing_week') }}

),

service_weeks as (

    select * from {{ ref('service_week') }}

),

assignments as (

    select * from {{ ref('case_manager_assignment') }}
    where is_primary

),

case_managers as (

    select distinct on (weeks.week_start_on, assignments.school_key, assignments.unit_id)
        weeks.week_start_on,
        assignments.school_key,
        assignments.unit_id,
        assignments.staff_id as case_manager_staff_id
    from weeks
    inner join assignments on {{ covers('assignments.valid_from', 'assignments.active_to', 'weeks.shown_on') }}
    order by weeks.week_start_on, assignments.school_key, assignments.unit_id, assignments.valid_from desc nulls last

),

final as (

    select
        demand.week_start_on,
        demand.school_key,
        schools.school_name,
        demand.unit_id,
        units.unit_name,
        case_managers.case_manager_staff_id,
        demand.n_recent::int as n_opened_four_weeks,
        demand.n_expected as n_expected_four_weeks,
        demand.n_recent_by_school::int as n_opened_four_weeks_by_school,
        demand.n_expected_by_school as n_expected_four_weeks_by_school,
        demand.is_gone_quiet,
        demand.is_school_gone_quiet,
        staffing.n_staff::int as n_staff,
        round(100.0 * demand.n_recent / nullif(staffing.n_staff, 0), 2) as requests_per_100_staff,
        service_weeks.first_response_business_minutes_median,
        service_weeks.resolution_business_minutes_median,
        service_weeks.data_as_of
    from demand
    inner join schools on demand.school_key = schools.school_key
    inner join units on demand.unit_id = units.unit_id
    inner join service_weeks
        on
            demand.week_start_on = service_weeks.week_start_on
            and demand.school_key = service_weeks.school_key
            and demand.unit_id = service_weeks.unit_id
    left join staffing on demand.week_start_on = staffing.week_start_on and demand.school_key = staffing.school_key
    left join case_managers
        on
            demand.week_start_on = case_managers.week_start_on
            and demand.school_key = case_managers.school_key
            and demand.unit_id = case_managers.unit_id

)

select * from final
