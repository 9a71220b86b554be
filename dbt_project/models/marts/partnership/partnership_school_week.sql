{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}]) }}

with partnership_weeks as (

    select * from {{ ref('partnership_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

contact_gaps as (

    select * from {{ ref('ind_partnership__contact_gap') }}

),

cadences as (

    select * from {{ ref('ind_partnership__cadence') }}

),

unpaired as (

    select * from {{ ref('ind_partnership__unpaired') }}

),

final as (

    select
        weeks.week_start_on,
        weeks.school_key,
        schools.school_name,
        schools.network_name,
        weeks.ild_staff_id,
        weeks.principal_staff_id,
        weeks.n_contacts::int as n_contacts,
        weeks.n_substantive_contacts::int as n_substantive_contacts,
        weeks.il_minutes_20_days::int as il_minutes_20_days,
        weeks.instructional_days_since_contact::int as instructional_days_since_contact,
        weeks.n_windows_met::int as n_windows_met,
        weeks.n_windows_elapsed::int as n_windows_elapsed,
        weeks.cadence_share,
        weeks.n_unpaired_days::int as n_unpaired_days,
        weeks.n_exposure_days::int as n_exposure_days,
        weeks.log_coverage,
        {{ gravest_status(['contact_gaps.status', 'cadences.status', 'unpaired.status']) }} as status,
        weeks.data_as_of
    from partnership_weeks as weeks
    inner join schools on weeks.school_key = schools.school_key
    inner join contact_gaps
        on weeks.school_key = contact_gaps.scope_id and weeks.week_start_on = contact_gaps.period_start_on
    inner join cadences on weeks.school_key = cadences.scope_id and weeks.week_start_on = cadences.period_start_on
    inner join unpaired on weeks.school_key = unpaired.scope_id and weeks.week_start_on = unpaired.period_start_on

)

select * from final
