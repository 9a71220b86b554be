{{ config(indexes=[{'columns': ['period_start_on', 'school_key', 'unit_id'], 'unique': true}]) }}

with service_months as (

    select * from {{ ref('service_month') }}
    where school_key <> ''

),

schools as (

    select * from {{ ref('dim_school') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

years as (

    select * from {{ ref('case_manager_year') }}

),

contacts as (

    select * from {{ ref('unit_contact_month') }}

),

continuity as (

    select * from {{ ref('ind_service__case_manager_continuity') }}

),

ownership as (

    select * from {{ ref('ind_service__case_ownership') }}

),

proactivity as (

    select * from {{ ref('ind_service__proactive') }}

),

final as (

    select
        months.period_start_on,
        months.school_key,
        schools.school_name,
        months.unit_id,
        units.unit_name,
        months.n_opened::int as n_opened,
        months.n_solved::int as n_solved,
        months.n_reopened_soon::int as n_reopened_soon,
        months.n_resolved::int as n_resolved,
        months.n_owned_by_case_manager::int as n_owned_by_case_manager,
        case when ownership.coverage > 0 then ownership.value end as case_ownership_share,
        coalesce(ownership.status, 'insufficient_data') as case_ownership_status,
        contacts.n_contacts::int as n_contacts,
        contacts.n_begun_by_unit::int as n_contacts_begun_by_unit,
        proactivity.value as proactive_share,
        coalesce(proactivity.status, 'insufficient_data') as proactive_status,
        years.n_changes::int as n_case_manager_changes,
        years.n_longest_days::numeric / nullif(years.n_days_due, 0) as longest_case_manager_share,
        coalesce(continuity.status, 'insufficient_data') as continuity_status,
        months.data_as_of
    from service_months as months
    inner join schools
        on
            months.school_key = schools.school_key
            and coalesce(schools.closed_on, 'infinity'::date) > months.period_start_on
    inner join units on months.unit_id = units.unit_id
    left join years
        on
            months.period_start_on = years.period_start_on
            and months.school_key = years.school_key
            and months.unit_id = years.unit_id
    left join contacts
        on
            months.period_start_on = contacts.period_start_on
            and months.school_key = contacts.school_key
            and months.unit_id = contacts.unit_id
    left join continuity
        on
            months.period_start_on = continuity.period_start_on
            and months.school_key || '/' || months.unit_id = continuity.scope_id
    left join ownership
        on
            months.period_start_on = ownership.period_start_on
            and months.school_key || '/' || months.unit_id = ownership.scope_id
    left join proactivity
        on
            months.period_start_on = proactivity.period_start_on
            and months.school_key || '/' || months.unit_id = proactivity.scope_id

)

select * from final
