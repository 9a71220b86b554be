{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['week_start_on', 'school_key', 'unit_id'],
        on_schema_change='append_new_columns',
        indexes=[{'columns': ['week_start_on', 'school_key', 'unit_id'], 'unique': true}, {'columns': ['changed_at']}],
        pre_hook='{{ join_by_hash() }}',
        post_hook=[
            "{{ forget_what_left(ref('service_week'), ['week_start_on', 'school_key', 'unit_id']) }}",
        ],
    )
}}

with service_weeks as not materialized (

    select * from {{ ref('service_week') }}

),

rule_weeks as not materialized (

    select * from {{ ref('int_underserved__rule_week') }}
    -- A comparison is of the school, though a unit owns it.
    where flag_kind = 'service' and rule_id <> 'service_slower_than_elsewhere'

),

{% if is_incremental() %}
    renewed as (

        select
            week_start_on,
            school_key,
            unit_id
        from service_weeks
        where changed_at > {{ last_written() }}

        union

        select
            week_start_on,
            school_key,
            unit_id
        from rule_weeks
        where changed_at > {{ last_written() }}

    ),
{% endif %}

statuses as (

    select
        rule_weeks.week_start_on,
        rule_weeks.school_key,
        rule_weeks.unit_id,
        min(rule_weeks.school_name) as school_name,
        min(rule_weeks.unit_name) as unit_name,
        case
            when bool_or(rule_weeks.status = 'act') then 'act'
            when bool_or(rule_weeks.status = 'watch') then 'watch'
            -- Nothing asked for and nothing open is no evidence of good service.
            when bool_or(rule_weeks.status = 'ok' and rule_weeks.rule_id = 'service_promise_kept') then 'ok'
            else 'insufficient_data'
        end as status
    from rule_weeks
    {% if is_incremental() %}
        inner join renewed
            on
                rule_weeks.week_start_on = renewed.week_start_on
                and rule_weeks.school_key = renewed.school_key
                and rule_weeks.unit_id = renewed.unit_id
    {% endif %}
    group by 1, 2, 3

),

final as (

    select
        weeks.week_start_on,
        weeks.school_key,
        statuses.school_name,
        weeks.unit_id,
        statuses.unit_name,
        weeks.n_opened::int as n_opened,
        weeks.n_resolved::int as n_resolved,
        weeks.n_open::int as n_open,
        weeks.n_still_waiting_first_response::int as n_still_waiting_first_response,
        weeks.first_response_business_minutes_median::numeric(14, 4) as first_response_business_minutes_median,
        weeks.first_response_business_minutes_p90::numeric(14, 4) as first_response_business_minutes_p90,
        weeks.resolution_business_minutes_median::numeric(14, 4) as resolution_business_minutes_median,
        weeks.resolution_business_minutes_p90::numeric(14, 4) as resolution_business_minutes_p90,
        weeks.requester_wait_business_minutes_median::numeric(14, 4) as requester_wait_business_minutes_median,
        weeks.n_promises_kept::int as n_promises_kept,
        weeks.n_promises_due::int as n_promises_due,
        (weeks.n_promises_kept::numeric / nullif(weeks.n_promises_due, 0))::numeric(14, 4) as promise_kept_share,
        weeks.n_ageing::int as n_ageing,
        weeks.n_urgent_overdue::int as n_urgent_overdue,
        weeks.n_opened_4_weeks::int as n_opened_4_weeks,
        weeks.n_staff::int as n_staff,
        (100.0 * weeks.n_opened_4_weeks / weeks.n_staff)::numeric(14, 4) as requests_per_100_staff,
        weeks.has_case_manager,
        weeks.n_uncovered_days::int as n_uncovered_days,
        statuses.status,
        weeks.data_as_of
    from statuses
    inner join service_weeks as weeks
        on
            statuses.week_start_on = weeks.week_start_on
            and statuses.school_key = weeks.school_key
            and statuses.unit_id = weeks.unit_id

)

{{ rows_to_write(['week_start_on', 'school_key', 'unit_id']) }}
