{{ config(indexes=[{'columns': ['week_start_on', 'school_key'], 'unique': true}]) }}

with partnership_weeks as (

    select * from {{ ref('partnership_week') }}

),

pairing_weeks as (

    select * from {{ ref('pairing_week') }}

),

ask_weeks as (

    select * from {{ ref('central_ask_week') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

steps as (

    select * from {{ ref('touchpoint_next_step') }}
    where not is_dropped

),

needs as (

    select
        school_key,
        need_quartile,
        case
            when lag(snapshot_on) over (partition by school_key order by snapshot_on) is not null then snapshot_on
        end as valid_from,
        lead(snapshot_on) over (partition by school_key order by snapshot_on) as valid_to
    from {{ ref('school_need_snapshot') }}

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

reviewed as (

    select
        weeks.week_start_on,
        steps.school_key,
        count(*) as n_steps_due,
        count(*) filter (where steps.is_reviewed_in_time) as n_steps_reviewed
    from weeks
    inner join steps
        on
            steps.review_before_on > weeks.week_start_on - 21
            and steps.review_before_on <= weeks.evaluated_before_on
    group by 1, 2

),

final as (

    select
        partnership_weeks.week_start_on,
        partnership_weeks.school_key,
        schools.school_name,
        schools.network_name,
        partnership_weeks.ild_staff_id,
        partnership_weeks.principal_staff_id,
        needs.need_quartile::int as need_quartile,
        partnership_weeks.n_contacts::int as n_contacts,
        partnership_weeks.n_substantive_contacts::int as n_substantive_contacts,
        partnership_weeks.il_minutes_20_days::int as il_minutes_20_days,
        partnership_weeks.instructional_days_since_contact::int as instructional_days_since_contact,
        partnership_weeks.n_windows_met::int as n_windows_met,
        partnership_weeks.n_windows_elapsed::int as n_windows_elapsed,
        partnership_weeks.cadence_share,
        partnership_weeks.n_unpaired_days::int as n_unpaired_days,
        partnership_weeks.n_exposure_days::int as n_exposure_days,
        pairing_weeks.n_pairing_days::int as n_pairing_days,
        coalesce(pairing_weeks.is_pairing_start_known, false) as is_pairing_start_known,
        coalesce(pairing_weeks.n_changes_12_months, 0)::int as n_pairing_changes_12_months,
        coalesce(reviewed.n_steps_due, 0)::int as n_steps_due,
        coalesce(reviewed.n_steps_reviewed, 0)::int as n_steps_reviewed,
        ask_weeks.n_asks::int as n_asks,
        ask_weeks.n_short_notice_asks::int as n_short_notice_asks,
        ask_weeks.asked_minutes::int as asked_minutes,
        partnership_weeks.log_coverage,
        {{ gravest_status(['contact_gaps.status', 'cadences.status', 'unpaired.status']) }} as status,
        partnership_weeks.data_as_of
    from partnership_weeks
    inner join schools on partnership_weeks.school_key = schools.school_key
    inner join weeks on partnership_weeks.week_start_on = weeks.week_start_on
    inner join contact_gaps
        on
            partnership_weeks.school_key = contact_gaps.scope_id
            and partnership_weeks.week_start_on = contact_gaps.period_start_on
    inner join cadences
        on
            partnership_weeks.school_key = cadences.scope_id
            and partnership_weeks.week_start_on = cadences.period_start_on
    inner join unpaired
        on
            partnership_weeks.school_key = unpaired.scope_id
            and partnership_weeks.week_start_on = unpaired.period_start_on
    left join pairing_weeks
        on
            partnership_weeks.school_key = pairing_weeks.school_key
            and partnership_weeks.week_start_on = pairing_weeks.week_start_on
    left join ask_weeks
        on
            partnership_weeks.school_key = ask_weeks.school_key
            and partnership_weeks.week_start_on = ask_weeks.week_start_on
    left join reviewed
        on
            partnership_weeks.school_key = reviewed.school_key
            and partnership_weeks.week_start_on = reviewed.week_start_on
    left join needs
        on
            partnership_weeks.school_key = needs.school_key
            and {{ covers('needs.valid_from', 'needs.valid_to', 'weeks.shown_on') }}

)

select * from final
