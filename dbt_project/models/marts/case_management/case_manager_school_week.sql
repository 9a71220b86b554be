{{ config(indexes=[{'columns': ['week_start_on', 'staff_id']}]) }}

-- Grain: one open school, one unit and the school's primary case manager there when a week was judged, with what the school then
-- had open with the unit. Only the last weeks, which pages are told of.
with assignments as (

    select * from {{ ref('case_manager_assignment') }}
    where school_key is not null and is_primary

),

schools as (

    select * from {{ ref('dim_school') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

weeks as (

    {{ queue_weeks() }}

),

requests as (

    select * from {{ ref('open_request_week') }}

),

held as (

    {{ schools_held() }}

),

final as (

    select
        held.week_start_on,
        held.staff_id,
        held.unit_id,
        units.unit_name,
        held.school_key,
        held.school_name,
        queue.n_open::int as n_open,
        queue.n_past_promise::int as n_past_promise,
        queue.n_ageing::int as n_ageing,
        queue.oldest_request_number,
        queue.oldest_open_working_days::int as oldest_open_working_days
    from held
    inner join units on held.unit_id = units.unit_id
    cross join lateral (
        select
            count(*) as n_open,
            count(*) filter (where requests.promise_left_business_minutes < 0) as n_past_promise,
            count(*) filter (where requests.is_ageing) as n_ageing,
            (array_agg(requests.request_number order by requests.opened_on, requests.request_number))[1] as oldest_request_number,
            max(requests.open_working_days) as oldest_open_working_days
        from requests
        where
            requests.week_start_on = held.week_start_on
            and requests.unit_id = held.unit_id
            and requests.school_key = held.school_key
    ) as queue

)

select * from final
