{{ config(indexes=[{'columns': ['week_start_on', 'staff_id', 'unit_id'], 'unique': true}]) }}

-- What a case manager has to carry, so that the load can be shared out. It says nothing of how well it is carried.
with caseloads as (

    select * from {{ ref('case_manager_caseload') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

statuses as (

    select * from {{ ref('ind_service__caseload') }}

),

final as (

    select
        caseloads.week_start_on,
        caseloads.staff_id,
        caseloads.unit_id,
        units.unit_name,
        caseloads.n_schools::int as n_schools,
        caseloads.n_open_requests::int as n_open_requests,
        caseloads.n_open_requests_of_busiest_school::int as n_open_requests_of_busiest_school,
        statuses.status,
        caseloads.data_as_of
    from caseloads
    inner join units on caseloads.unit_id = units.unit_id
    inner join statuses
        on caseloads.staff_id = statuses.scope_id and caseloads.week_start_on = statuses.period_start_on

)

select * from final
