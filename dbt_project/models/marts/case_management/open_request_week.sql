{{ config(indexes=[{'columns': ['week_start_on', 'unit_id', 'school_key']}]) }}

-- Grain: one request that was open when a week was judged. Only the last weeks, which pages are told of.
with open_weeks as (

    select * from {{ ref('request_open_week') }}

),

requests as (

    select * from {{ ref('int_service_request') }}

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

final as (

    select
        open_weeks.week_start_on,
        open_weeks.request_key,
        requests.request_number,
        -- Written as the index has it; '' where no school is known.
        coalesce(open_weeks.school_key, '') as school_key,
        schools.school_name,
        open_weeks.unit_id,
        units.unit_name,
        open_weeks.priority::int as priority,
        requests.request_type,
        requests.created_on as opened_on,
        (
            {{ working_days_before('open_weeks.unit_id', 'weeks.evaluated_before_on') }}
            - {{ working_days_before('open_weeks.unit_id', 'requests.created_on') }}
        )::int as open_working_days,
        open_weeks.promise_left_business_minutes,
        open_weeks.is_ageing,
        open_weeks.is_urgent_overdue
    from open_weeks
    inner join requests on open_weeks.request_key = requests.request_key
    inner join weeks on open_weeks.week_start_on = weeks.week_start_on
    inner join units on open_weeks.unit_id = units.unit_id
    left join schools on open_weeks.school_key = schools.school_key

)

select * from final
