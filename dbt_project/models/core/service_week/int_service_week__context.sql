{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['week_start_on', 'school_key', 'unit_id'],
        on_schema_change='sync_all_columns',
        indexes=[{'columns': ['week_start_on', 'school_key', 'unit_id'], 'unique': true}, {'columns': ['changed_at']}],
        pre_hook='{{ join_by_hash() }}',
        post_hook=[
            "{{ forget_closed_schools() }}",
        ],
    )
}}

-- Grain: one open school and one unit in one week: all that the week's service depends on besides the requests. It is compared as
-- a whole by every build (its size does not grow with the requests) and written where it differs, so that what reads it can go by
-- `changed_at`.
with unit_weeks as (

    select * from {{ ref('dim_unit_week') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

case_managers as (

    select * from {{ ref('case_manager_week') }}

),

stays as (

    select * from {{ ref('int_staff_school_interval') }}
    where school_key is not null

),

district as (

    select * from {{ source('config', 'district') }}

),

chief_roles as (

    select * from {{ ref('role_assignment') }}
    where role = 'unit_chief' and unit_id is not null

),

unit_sources as (

    select * from {{ ref('int_unit_source') }}

),

limits as (

    select * from {{ ref('dim_indicator_limit') }}
    where indicator_id in ('D3.1', 'D3.2', 'D3.3', 'D3.4', 'D3.11')

),

rules as (

    select * from {{ ref('dim_underserved_rule') }}
    where flag_kind = 'service'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

week_limits as (

    select
        weeks.week_start_on,
        max(limits.min_n) filter (where limits.indicator_id = 'D3.3') as promise_min_n,
        md5(string_agg(limits::text, ' ' order by limits.indicator_id)) as limits_in_force
    from weeks
    inner join limits on {{ covers('limits.valid_from', 'limits.valid_to', 'weeks.week_start_on') }}
    group by 1

),

week_rules as (

    select
        weeks.week_start_on,
        md5(string_agg(rules::text, ' ' order by rules.rule_id)) as rules_in_force
    from weeks
    inner join rules on {{ covers('rules.valid_from', 'rules.valid_to', 'weeks.week_start_on') }}
    group by 1

),

chiefs as (

    select distinct on (weeks.week_start_on, chief_roles.unit_id)
        weeks.week_start_on,
        chief_roles.unit_id,
        chief_roles.staff_id
    from weeks
    inner join chief_roles on {{ covers('chief_roles.valid_from', 'chief_roles.valid_to', 'weeks.shown_on') }}
    order by weeks.week_start_on, chief_roles.unit_id, chief_roles.valid_from desc nulls last, chief_roles.staff_id

),

-- A handful of people is no school's staff: HR then tells of principals only, and a rate per head would mean nothing.
staffed as (

    select
        weeks.week_start_on,
        stays.school_key,
        count(distinct stays.staff_id) as n_staff
    from weeks
    inner join stays on {{ covers('stays.valid_from', 'stays.valid_to', 'weeks.shown_on') }}
    group by 1, 2
    having count(distinct stays.staff_id) >= (select district.minimum_group_size from district)

),

final as (

    select
        unit_weeks.week_start_on,
        schools.school_key,
        unit_weeks.unit_id,
        schools.school_name,
        units.unit_name,
        coalesce(units.chief_staff_id, chiefs.staff_id) as chief_staff_id,
        unit_weeks.evaluated_at,
        unit_weeks.counts_for_service,
        week_limits.promise_min_n,
        week_limits.limits_in_force,
        week_rules.rules_in_force,
        case_managers.has_case_manager,
        case_managers.n_uncovered_days,
        staffed.n_staff,
        coalesce(unit_sources.late_after < unit_weeks.evaluated_at, true) as is_source_late,
        least(coalesce(unit_sources.source_at, as_of.as_of_at), unit_weeks.evaluated_at) as data_as_of
    from unit_weeks
    cross join as_of
    inner join schools on coalesce(schools.closed_on, 'infinity'::date) >= unit_weeks.evaluated_before_on
    inner join units on unit_weeks.unit_id = units.unit_id
    left join week_limits on unit_weeks.week_start_on = week_limits.week_start_on
    left join week_rules on unit_weeks.week_start_on = week_rules.week_start_on
    left join unit_sources on unit_weeks.unit_id = unit_sources.unit_id
    left join chiefs on unit_weeks.week_start_on = chiefs.week_start_on and unit_weeks.unit_id = chiefs.unit_id
    left join staffed on unit_weeks.week_start_on = staffed.week_start_on and schools.school_key = staffed.school_key
    left join case_managers
        on
            unit_weeks.week_start_on = case_managers.week_start_on
            and schools.school_key = case_managers.school_key
            and unit_weeks.unit_id = case_managers.unit_id

)

{{ rows_to_write(['week_start_on', 'school_key', 'unit_id']) }}
