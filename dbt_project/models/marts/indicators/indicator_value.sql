{{
    config(
        indexes=[{'columns': ['period_start_on', 'indicator_id']}],
        post_hook="{{ supervision_only(hidden=\"scope_type = 'ild'\") }}",
    )
}}

{% set indicators = [
    'ind_partnership__time_share', 'ind_partnership__span', 'ind_partnership__contact_gap', 'ind_partnership__cadence',
    'ind_partnership__contact_dose', 'ind_partnership__coverage', 'ind_partnership__unpaired', 'ind_service__first_response',
    'ind_service__resolution', 'ind_service__promise_kept', 'ind_service__ageing', 'ind_service__case_manager',
    'ind_service__compared',
    'ind_partnership__direct_time', 'ind_partnership__joint_work', 'ind_partnership__pairing_stability',
    'ind_partnership__need_fit', 'ind_partnership__follow_through', 'ind_assistance__ild_learning',
    'ind_assistance__coached_ilds', 'ind_assistance__operational_load', 'ind_assistance__off_plate',
    'ind_assistance__boomerang', 'ind_assistance__protected_time', 'ind_assistance__bypass', 'ind_assistance__directives',
    'ind_assistance__central_asks', 'ind_assistance__system_accountability', 'ind_assistance__coaching_evaluation',
    'ind_assistance__timely_evaluation',
    'ind_stewardship__currency', 'ind_stewardship__testable_hypotheses', 'ind_stewardship__reasoned_revisions',
    'ind_stewardship__communication_reach', 'ind_stewardship__understanding', 'ind_stewardship__two_way',
    'ind_stewardship__resources_ending', 'ind_stewardship__strategic_fit', 'ind_evidence__closed_cycles',
    'ind_evidence__cycle_time', 'ind_evidence__linked_decisions', 'ind_evidence__mix', 'ind_evidence__reach',
    'ind_evidence__alert_learning', 'ind_evidence__freshness', 'ind_recommendation__agenda_share',
    'ind_recommendation__supported_initiatives', 'ind_recommendation__initiative_load', 'ind_recommendation__theory_first',
    'ind_recommendation__learning_outcome', 'ind_recommendation__reviews_held', 'ind_recommendation__learning_invested',
    'ind_recommendation__role_fit', 'ind_recommendation__retention', 'ind_recommendation__informed_stakeholders',
    'ind_recommendation__plain_messages', 'ind_recommendation__conversation', 'ind_recommendation__funded_runway',
    'ind_service__reopened', 'ind_service__hand_offs', 'ind_service__one_contact', 'ind_service__instruction_first',
    'ind_service__equity_gap', 'ind_service__leader_rating', 'ind_service__case_manager_continuity',
    'ind_service__case_ownership', 'ind_service__proactive', 'ind_service__caseload', 'ind_service__milestones_on_time',
    'ind_service__owned_projects', 'ind_service__problem_to_project', 'ind_service__learning_hours',
    'ind_service__learning_reach', 'ind_service__time_in_schools', 'ind_service__staffing',
] %}

with measured as (

    {% for indicator in indicators %}
        select * from {{ ref(indicator) }}
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

catalogue as (

    select * from {{ ref('indicators') }}

),

final as (

    select
        measured.indicator_id,
        measured.scope_type,
        measured.scope_id,
        catalogue.period_type,
        measured.period_start_on,
        (
            measured.period_start_on
            + case catalogue.period_type
                when 'day' then interval '1 day'
                when 'week' then interval '1 week'
                when 'month' then interval '1 month'
                when 'quarter' then interval '3 months'
                when 'half_year' then interval '6 months'
                when 'year' then interval '1 year'
            end
        )::date as period_end_on,
        measured.numerator,
        measured.denominator,
        measured.value,
        measured.n,
        measured.coverage,
        measured.status,
        measured.data_as_of
    from measured
    inner join catalogue on measured.indicator_id = catalogue.indicator_id

)

select * from final
