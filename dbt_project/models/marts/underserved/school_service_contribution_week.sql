{{ config(indexes=[{'columns': ['week_start_on', 'school_key']}]) }}

-- What units and types of request add to a school's difference, in the comparison that says it most clearly. The rows of a school
-- add up to its requests done less those that would be done at the pace of the whole district.
with compared as (

    select * from {{ ref('detection_school_week') }}

),

findings as (

    select * from {{ ref('int_underserved__comparison_week') }}

),

contributions as (

    select * from {{ ref('detection_contribution') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

final as (

    select
        findings.week_start_on,
        findings.school_key,
        findings.school_name,
        contributions.unit_id,
        units.unit_name,
        contributions.request_type,
        contributions.n_requests::int as n_requests,
        contributions.n_events::int as n_ended,
        contributions.observed::numeric(16, 6) as observed,
        contributions.expected::numeric(16, 6) as expected,
        contributions.difference::numeric(16, 6) as difference,
        contributions.n_open::int as n_open,
        contributions.oldest_open_on,
        compared.data_as_of
    from findings
    inner join compared on findings.week_start_on = compared.week_start_on and findings.school_key = compared.school_key
    inner join contributions
        on
            compared.run_id = contributions.run_id
            and compared.clock = contributions.clock
            and compared.school_key = contributions.school_key
    left join units on contributions.unit_id = units.unit_id

)

select * from final
