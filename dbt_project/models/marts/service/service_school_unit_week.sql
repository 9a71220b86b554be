{{ config(indexes=[{'columns': ['week_start_on', 'school_key', 'unit_id'], 'unique': true}]) }}

with service_weeks as (

    select * from {{ ref('service_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

rule_weeks as (

    select * from {{ ref('int_underserved__rule_week') }}
    where flag_kind = 'service'

),

statuses as (

    select
        week_start_on,
        school_key,
        unit_id,
        case
            when bool_or(status = 'act') then 'act'
            when bool_or(status = 'watch') then 'watch'
            -- Nothing asked for and nothing open is no evidence of good service.
            when bool_or(status = 'ok' and rule_id = 'service_promise_kept') then 'ok'
            else 'insufficient_data'
        end as status
    from rule_weeks
    group by 1, 2, 3

),

final as (

    select
        weeks.week_start_on,
        weeks.school_key,
        schools.school_name,
        weeks.unit_id,
        units.unit_name,
        weeks.n_opened::int as n_opened,
        weeks.n_resolved::int as n_resolved,
        weeks.n_open::int as n_open,
        weeks.n_still_waiting_first_response::int as n_still_waiting_first_response,
        weeks.first_response_business_minutes_median,
        weeks.first_response_business_minutes_p90,
        weeks.resolution_business_minutes_median,
        weeks.resolution_business_minutes_p90,
        weeks.n_promises_kept::int as n_promises_kept,
        weeks.n_promises_due::int as n_promises_due,
        weeks.n_promises_kept::numeric / nullif(weeks.n_promises_due, 0) as promise_kept_share,
        weeks.n_ageing::int as n_ageing,
        weeks.n_urgent_overdue::int as n_urgent_overdue,
        weeks.has_case_manager,
        weeks.n_uncovered_days::int as n_uncovered_days,
        statuses.status,
        weeks.data_as_of
    from service_weeks as weeks
    inner join schools on weeks.school_key = schools.school_key
    inner join units on weeks.unit_id = units.unit_id
    inner join statuses
        on
            weeks.week_start_on = statuses.week_start_on
            and weeks.school_key = statuses.school_key
            and weeks.unit_id = statuses.unit_id

)

select * from final
