{{
    config(
        indexes=[{'columns': ['week_start_on', 'ild_staff_id'], 'unique': true}],
        post_hook="{{ supervision_only() }}",
    )
}}

with ild_weeks as (

    select * from {{ ref('ild_week') }}

),

spans as (

    select * from {{ ref('ind_partnership__span') }}

),

time_shares as (

    select * from {{ ref('ind_partnership__time_share') }}

),

direct_times as (

    select * from {{ ref('ind_partnership__direct_time') }}

),

joint_work as (

    select * from {{ ref('ind_partnership__joint_work') }}

),

coverages as (

    select * from {{ ref('ind_partnership__coverage') }}
    where scope_type = 'ild'

),

operational_loads as (

    select * from {{ ref('ind_assistance__operational_load') }}

),

final as (

    select
        ild_weeks.week_start_on,
        ild_weeks.ild_staff_id,
        ild_weeks.n_schools::int as n_schools,
        ild_weeks.n_principals::int as n_principals,
        ild_weeks.fte,
        spans.value as span,
        coalesce(coverages.numerator, 0)::int as n_principals_in_reach,
        coalesce(coverages.denominator, 0)::int as n_principals_known,
        ild_weeks.n_contacts::int as n_contacts,
        ild_weeks.n_substantive_contacts::int as n_substantive_contacts,
        ild_weeks.time_source,
        ild_weeks.worked_minutes::int as worked_minutes,
        ild_weeks.il_minutes::int as il_minutes,
        ild_weeks.direct_minutes::int as direct_minutes,
        ild_weeks.operational_minutes::int as operational_minutes,
        time_shares.value as il_share,
        direct_times.value as direct_share,
        operational_loads.value as operational_share,
        ild_weeks.time_coverage,
        ild_weeks.n_il_contacts::int as n_il_contacts,
        ild_weeks.n_tagged_il_contacts::int as n_tagged_il_contacts,
        ild_weeks.n_joint_work_contacts::int as n_joint_work_contacts,
        joint_work.value as joint_work_share,
        ild_weeks.n_visits_planned::int as n_visits_planned,
        ild_weeks.n_visits_broken::int as n_visits_broken,
        ild_weeks.n_steps_due::int as n_steps_due,
        ild_weeks.n_steps_reviewed::int as n_steps_reviewed,
        ild_weeks.log_coverage,
        {{ gravest_status([
            'spans.status', 'time_shares.status', 'direct_times.status', 'joint_work.status',
            "coalesce(coverages.status, 'insufficient_data')", 'operational_loads.status',
        ]) }} as status,
        ild_weeks.data_as_of
    from ild_weeks
    inner join spans on ild_weeks.ild_staff_id = spans.scope_id and ild_weeks.week_start_on = spans.period_start_on
    inner join time_shares
        on ild_weeks.ild_staff_id = time_shares.scope_id and ild_weeks.week_start_on = time_shares.period_start_on
    inner join direct_times
        on ild_weeks.ild_staff_id = direct_times.scope_id and ild_weeks.week_start_on = direct_times.period_start_on
    inner join joint_work
        on ild_weeks.ild_staff_id = joint_work.scope_id and ild_weeks.week_start_on = joint_work.period_start_on
    inner join operational_loads
        on
            ild_weeks.ild_staff_id = operational_loads.scope_id
            and ild_weeks.week_start_on = operational_loads.period_start_on
    left join coverages
        on ild_weeks.ild_staff_id = coverages.scope_id and ild_weeks.week_start_on = coverages.period_start_on

)

select * from final
