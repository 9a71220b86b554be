{{ config(indexes=[{'columns': ['period_start_on', 'unit_id'], 'unique': true}]) }}

-- How a unit works, month by month: what comes back, is handed around, is done at once, goes first, and for whom; its case
-- managers, projects and people. Learning stands as of the quarter and half-year the month lies in, the rating as of the last
-- survey closed by the end of the month.
with unit_months as (

    select * from {{ ref('int_service_month__unit_month') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

service_months as (

    select * from {{ ref('service_month') }}

),

speeds as (

    select * from {{ ref('unit_speed_month') }}

),

contacts as (

    select
        period_start_on,
        unit_id,
        sum(n_contacts) as n_contacts,
        sum(n_begun_by_unit) as n_contacts_begun_by_unit
    from {{ ref('unit_contact_month') }}
    group by 1, 2

),

clusters as (

    select * from {{ ref('unit_cluster_month') }}

),

projects as (

    select * from {{ ref('project_month') }}
    where scope_type = 'unit'

),

learning as (

    select * from {{ ref('unit_learning_period') }}

),

site_months as (

    select * from {{ ref('unit_site_month') }}

),

surveys as (

    select * from {{ ref('unit_survey') }}

),

caseloads as (

    select * from {{ ref('case_manager_caseload') }}

),

statuses as (

    {% for indicator in [
        'reopened', 'hand_offs', 'one_contact', 'instruction_first', 'equity_gap', 'milestones_on_time', 'problem_to_project',
    ] %}
        select
            indicator_id,
            scope_type,
            scope_id,
            period_start_on,
            status
        from {{ ref('ind_service__' ~ indicator) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

period_statuses as (

    select * from {{ ref('ind_service__learning_hours') }}
    union all
    select * from {{ ref('ind_service__learning_reach') }}

),

ratings as (

    select * from {{ ref('ind_service__leader_rating') }}

),

counted as (

    select
        period_start_on,
        unit_id,
        sum(n_opened) as n_opened,
        sum(n_not_withdrawn) as n_not_withdrawn,
        sum(n_group_changes) as n_group_changes,
        sum(n_handed_on_often) as n_handed_on_often,
        sum(n_solved) as n_solved,
        sum(n_reopened_soon) as n_reopened_soon,
        sum(n_resolved) as n_resolved,
        sum(n_resolved_with_known_replies) as n_resolved_with_known_replies,
        sum(n_one_contact) as n_one_contact,
        sum(n_resolved_with_followers) as n_resolved_with_followers,
        sum(n_with_case_manager) as n_with_case_manager,
        sum(n_owned_by_case_manager) as n_owned_by_case_manager
    from service_months
    group by 1, 2

),

known_followers as (

    select
        unit_id,
        sum(n_resolved_with_followers) > 0 as has_known_followers
    from counted
    group by 1

),

judged as (

    select
        scope_id as unit_id,
        period_start_on,
        max(status) filter (where indicator_id = 'D3.5') as reopened_status,
        max(status) filter (where indicator_id = 'D3.6') as hand_off_status,
        max(status) filter (where indicator_id = 'D3.7') as one_contact_status,
        max(status) filter (where indicator_id = 'D3.8') as instruction_first_status,
        max(status) filter (where indicator_id = 'D3.9') as equity_status,
        max(status) filter (where indicator_id = 'D3.16') as milestone_status,
        max(status) filter (where indicator_id = 'D3.18') as problem_to_project_status
    from statuses
    where scope_type = 'unit'
    group by 1, 2

),

-- The last week judged in the month speaks for it.
loads as (

    select
        unit_months.period_start_on,
        unit_months.unit_id,
        count(*) as n_case_managers,
        percentile_disc(0.5) within group (order by caseloads.n_schools) as caseload_median,
        percentile_disc(0.5) within group (order by caseloads.n_open_requests) as open_requests_median
    from unit_months
    inner join caseloads
        on
            unit_months.unit_id = caseloads.unit_id
            and caseloads.week_start_on = (
                select max(known.week_start_on) from {{ ref('dim_week') }} as known
                where known.week_start_on >= unit_months.period_start_on and known.week_start_on < unit_months.evaluated_before_on
            )
    group by 1, 2

),

last_surveys as (

    select distinct on (unit_months.period_start_on, unit_months.unit_id)
        unit_months.period_start_on,
        unit_months.unit_id,
        surveys.closed_on,
        surveys.n_responses,
        surveys.n_satisfied,
        surveys.rating_sum
    from unit_months
    inner join surveys
        on
            unit_months.unit_id = surveys.unit_id
            and surveys.closed_on < unit_months.evaluated_before_on
            and surveys.closed_on >= unit_months.period_start_on - interval '12 months'
    order by unit_months.period_start_on, unit_months.unit_id, surveys.closed_on desc

),

final as (

    select
        unit_months.period_start_on,
        unit_months.unit_id,
        units.unit_name,
        counted.n_opened::int as n_opened,
        counted.n_resolved::int as n_resolved,
        counted.n_solved::int as n_solved,
        counted.n_reopened_soon::int as n_reopened_soon,
        counted.n_reopened_soon / nullif(counted.n_solved, 0) as reopened_share,
        judged.reopened_status,
        counted.n_group_changes / nullif(counted.n_not_withdrawn, 0) as hand_offs_per_request,
        counted.n_handed_on_often / nullif(counted.n_not_withdrawn, 0) as handed_on_often_share,
        judged.hand_off_status,
        counted.n_one_contact / nullif(counted.n_resolved_with_known_replies, 0) as one_contact_share,
        judged.one_contact_status,
        speeds.n_blocking::int as n_instruction_blocking,
        speeds.blocking_business_minutes_median::numeric as blocking_business_minutes_median,
        speeds.other_business_minutes_median::numeric as other_business_minutes_median,
        speeds.blocking_speed_ratio,
        judged.instruction_first_status,
        speeds.n_compared::int as n_compared_by_need,
        speeds.equity_gap as equity_gap_share,
        judged.equity_status,
        last_surveys.closed_on as survey_closed_on,
        last_surveys.n_responses::int as n_survey_responses,
        last_surveys.rating_sum / nullif(last_surveys.n_responses, 0) as leader_rating,
        last_surveys.n_satisfied::numeric / nullif(last_surveys.n_responses, 0) as satisfied_share,
        ratings.status as leader_rating_status,
        coalesce(loads.n_case_managers, 0)::int as n_case_managers,
        loads.caseload_median::int as caseload_median,
        loads.open_requests_median::int as open_requests_per_case_manager_median,
        case
            when known_followers.has_known_followers
                then counted.n_owned_by_case_manager / nullif(counted.n_with_case_manager, 0)
        end as case_ownership_share,
        contacts.n_contacts_begun_by_unit / nullif(contacts.n_contacts, 0) as proactive_share,
        projects.n_open_projects::int as n_open_projects,
        projects.n_owned_cross_unit::int as n_owned_cross_unit_projects,
        projects.n_milestones_due::int as n_milestones_due,
        projects.n_milestones_on_time::numeric / nullif(projects.n_milestones_due, 0) as milestones_on_time_share,
        judged.milestone_status,
        clusters.n_clusters_due::int as n_clusters_due,
        clusters.n_clusters_with_project::int as n_clusters_with_project,
        judged.problem_to_project_status,
        quarters.learning_hours / nullif(quarters.average_fte, 0) as learning_hours_per_fte,
        quarter_statuses.status as learning_hours_status,
        half_years.n_reached::numeric / nullif(half_years.n_headcount, 0) as learning_reach_share,
        half_year_statuses.status as learning_reach_status,
        site_months.n_site_days::numeric / nullif(site_months.n_working_days, 0) as site_day_share,
        unit_months.data_as_of
    from unit_months
    inner join units on unit_months.unit_id = units.unit_id
    inner join counted on unit_months.period_start_on = counted.period_start_on and unit_months.unit_id = counted.unit_id
    inner join judged on unit_months.period_start_on = judged.period_start_on and unit_months.unit_id = judged.unit_id
    inner join speeds on unit_months.period_start_on = speeds.period_start_on and unit_months.unit_id = speeds.unit_id
    inner join known_followers on unit_months.unit_id = known_followers.unit_id
    left join contacts on unit_months.period_start_on = contacts.period_start_on and unit_months.unit_id = contacts.unit_id
    left join loads on unit_months.period_start_on = loads.period_start_on and unit_months.unit_id = loads.unit_id
    left join last_surveys
        on unit_months.period_start_on = last_surveys.period_start_on and unit_months.unit_id = last_surveys.unit_id
    left join ratings on last_surveys.closed_on = ratings.period_start_on and last_surveys.unit_id = ratings.scope_id
    left join projects on unit_months.period_start_on = projects.period_start_on and unit_months.unit_id = projects.scope_id
    left join clusters on unit_months.period_start_on = clusters.period_start_on and unit_months.unit_id = clusters.unit_id
    left join learning as quarters
        on
            quarters.period_type = 'quarter'
            and quarters.period_start_on = {{ period_of('unit_months.period_start_on', 3) }}
            and unit_months.unit_id = quarters.unit_id
    left join learning as half_years
        on
            half_years.period_type = 'half_year'
            and half_years.period_start_on = {{ period_of('unit_months.period_start_on', 6) }}
            and unit_months.unit_id = half_years.unit_id
    left join period_statuses as quarter_statuses
        on
            quarter_statuses.indicator_id = 'D3.19'
            and quarters.period_start_on = quarter_statuses.period_start_on
            and quarters.unit_id = quarter_statuses.scope_id
    left join period_statuses as half_year_statuses
        on
            half_year_statuses.indicator_id = 'D3.20'
            and half_years.period_start_on = half_year_statuses.period_start_on
            and half_years.unit_id = half_year_statuses.scope_id
    left join site_months
        on unit_months.period_start_on = site_months.period_start_on and unit_months.unit_id = site_months.unit_id

)

select * from final
