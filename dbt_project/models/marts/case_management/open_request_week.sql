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

listed as (

    select
        open_weeks.*,
        requests.request_number,
        requests.request_type,
        requests.created_on as opened_on,
        weeks.evaluated_before_on
    from open_weeks
    inner join requests on open_weeks.request_key = requests.request_key
    inner join weeks on open_weeks.week_start_on = weeks.week_start_on

),

-- Many requests were made on the same few days.
days as (

    select
        told.unit_id,
        told.day,
        {{ working_days_before('told.unit_id', 'told.day') }} as n_working_days_before
    from (
        select
            unit_id,
            opened_on as day
        from listed

        union

        select
            unit_id,
            evaluated_before_on
        from listed
    ) as told

),

final as (

    select
        listed.week_start_on,
        listed.request_key,
        listed.request_number,
        -- Written as the index has it; '' where no school is known.
        coalesce(listed.school_key, '') as school_key,
        schools.school_name,
        listed.unit_id,
        units.unit_name,
        listed.priority::int as priority,
        listed.request_type,
        listed.opened_on,
        (ending.n_working_days_before - opening.n_working_days_before)::int as open_working_days,
        listed.promise_left_business_minutes,
        listed.is_ageing,
        listed.is_urgent_overdue
    from listed
    inner join days as opening on listed.unit_id = opening.unit_id and listed.opened_on = opening.day
    inner join days as ending on listed.unit_id = ending.unit_id and listed.evaluated_before_on = ending.day
    inner join units on listed.unit_id = units.unit_id
    left join schools on listed.school_key = schools.school_key

)

select * from final
