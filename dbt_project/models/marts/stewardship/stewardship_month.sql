{#- Column, indicator, model: values of the district as a whole, whatever the length of their period. -#}
{% set measures = [
    ('days_since_review', 'D4.1', 'ind_stewardship__currency'),
    ('communication_reach', 'D4.4', 'ind_stewardship__communication_reach'),
    ('understanding', 'D4.5', 'ind_stewardship__understanding'),
    ('two_way', 'D4.6', 'ind_stewardship__two_way'),
    ('resources_ending', 'D4.7', 'ind_stewardship__resources_ending'),
    ('strategic_fit', 'D4.8', 'ind_stewardship__strategic_fit'),
    ('cabinet_agenda', 'R1.1', 'ind_recommendation__agenda_share'),
    ('supported_initiatives', 'R1.2', 'ind_recommendation__supported_initiatives'),
    ('theory_first', 'R2.1', 'ind_recommendation__theory_first'),
    ('learning_outcome', 'R2.2', 'ind_recommendation__learning_outcome'),
    ('reviews_held', 'R2.3', 'ind_recommendation__reviews_held'),
    ('learning_hours_per_fte', 'R3.1', 'ind_recommendation__learning_invested'),
    ('role_fit', 'R3.2', 'ind_recommendation__role_fit'),
    ('ild_retention', 'R3.3', 'ind_recommendation__retention'),
    ('informed_stakeholders', 'R4.1', 'ind_recommendation__informed_stakeholders'),
    ('plain_messages', 'R4.2', 'ind_recommendation__plain_messages'),
    ('conversation', 'R4.3', 'ind_recommendation__conversation'),
    ('funded_runway', 'R4.4', 'ind_recommendation__funded_runway'),
] %}

with months as (

    select
        months.period_start_on as month_start_on,
        months.period_end_on,
        months.evaluated_before_on,
        months.evaluated_at,
        months.is_complete,
        {{ period_of('months.period_start_on', 3) }} as quarter_start_on,
        {{ period_of('months.period_start_on', 6) }} as half_year_start_on,
        years.period_start_on as year_start_on
    from {{ ref('dim_period') }} as months
    left join {{ ref('dim_period') }} as years
        on
            years.period_type = 'year'
            and {{ covers('years.period_start_on', 'years.period_end_on', 'months.evaluated_before_on - 1') }}
    where months.period_type = 'month'

),

catalogue as (

    select * from {{ ref('indicators') }}

),

measured as (

    {% for _, _, model in measures %}
        select
            indicator_id,
            period_start_on,
            value,
            status,
            data_as_of
        from {{ ref(model) }}
        where scope_type = 'district'
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

-- A month shows the value of the quarter, half-year or school year it lies in.
values_of_month as (

    select
        months.month_start_on,
        {% for column, indicator_id, _ in measures %}
            max(measured.value) filter (where measured.indicator_id = '{{ indicator_id }}') as {{ column }}_value,
            coalesce(
                max(measured.status) filter (where measured.indicator_id = '{{ indicator_id }}'), 'insufficient_data'
            ) as {{ column }}_status,
        {% endfor %}
        min(measured.data_as_of) as data_as_of
    from months
    left join (measured inner join catalogue on measured.indicator_id = catalogue.indicator_id)
        on measured.period_start_on = case catalogue.period_type
                when 'month' then months.month_start_on
                when 'quarter' then months.quarter_start_on
                when 'half_year' then months.half_year_start_on
                when 'year' then months.year_start_on
            end
    group by 1

),

versions as (

    select * from {{ ref('toa_version') }}

),

hypotheses as (

    select * from {{ ref('ind_stewardship__testable_hypotheses') }}

),

revisions as (

    select * from {{ ref('ind_stewardship__reasoned_revisions') }}

),

version_of_month as (

    select
        months.month_start_on,
        versions.version_id,
        hypotheses.value as testable_hypothesis_share,
        hypotheses.status as testable_hypothesis_status,
        revisions.value as reasoned_revision_share,
        revisions.status as reasoned_revision_status
    from months
    inner join versions on {{ covers('versions.valid_from', 'versions.valid_to', 'months.evaluated_before_on - 1') }}
    left join hypotheses on versions.version_id = hypotheses.scope_id
    left join revisions on versions.version_id = revisions.scope_id

),

changes_of_month as (

    select
        months.month_start_on,
        count(versions.version_id) as n_versions_12_months
    from months
    left join versions
        on
            versions.valid_from < months.evaluated_before_on
            and versions.valid_from >= months.evaluated_before_on - interval '1 year'
    group by 1

),

resources as (

    select * from {{ ref('external_resource') }}

),

resource_quarters as (

    {{ register_periods(['external_resource'], 'quarter') }}

),

resources_of_quarter as (

    select
        resource_quarters.period_start_on,
        count(resources.resource_key) as n_resources,
        coalesce(sum(resources.value), 0)::numeric as resource_value,
        count(distinct resources.dimension) as n_resource_dimensions,
        round((max(resources.valid_to) - max(resource_quarters.evaluated_before_on)) / 30.4375, 1) as resource_months_left
    from resource_quarters
    left join resources
        on {{ covers('resources.valid_from', 'resources.valid_to', 'resource_quarters.evaluated_before_on - 1') }}
    group by 1

),

loads as (

    select * from {{ ref('ind_recommendation__initiative_load') }}

),

loads_of_quarter as (

    select
        period_start_on,
        max(value) as initiative_load_max,
        count(*) filter (where status in ('watch', 'act')) as n_schools_overloaded,
        {{ gravest_status_of('status') }} as initiative_load_status
    from loads
    group by 1

),

conversations as (

    select * from {{ ref('ind_recommendation__conversation') }}

),

learning as (

    select * from {{ ref('learning_year') }}
    where scope_type = 'district'

),

interface as (

    select * from {{ ref('interface_month') }}
    where scope_type = 'district'

),

interface_years as (

    select * from {{ ref('interface_year') }}

),

final as (

    select
        months.month_start_on,
        months.quarter_start_on,
        months.is_complete,

        version_of_month.version_id,
        changes_of_month.n_versions_12_months::bigint as n_versions_12_months,
        values_of_month.days_since_review_value as days_since_review,
        values_of_month.days_since_review_status,
        version_of_month.testable_hypothesis_share,
        coalesce(version_of_month.testable_hypothesis_status, 'insufficient_data') as testable_hypothesis_status,
        version_of_month.reasoned_revision_share,
        coalesce(version_of_month.reasoned_revision_status, 'insufficient_data') as reasoned_revision_status,

        values_of_month.communication_reach_value as communication_reach_share,
        values_of_month.communication_reach_status,
        values_of_month.understanding_value as understanding_share,
        values_of_month.understanding_status,
        values_of_month.two_way_value as two_way_share,
        values_of_month.two_way_status,

        resources_of_quarter.n_resources::bigint as n_resources,
        resources_of_quarter.resource_value,
        resources_of_quarter.n_resource_dimensions::bigint as n_resource_dimensions,
        resources_of_quarter.resource_months_left,
        values_of_month.resources_ending_value::bigint as n_resources_ending,
        values_of_month.resources_ending_status,
        values_of_month.strategic_fit_value as strategic_fit_share,
        values_of_month.strategic_fit_status,

        values_of_month.cabinet_agenda_value as cabinet_agenda_share,
        values_of_month.cabinet_agenda_status,
        values_of_month.supported_initiatives_value as supported_initiative_share,
        values_of_month.supported_initiatives_status as supported_initiative_status,
        loads_of_quarter.initiative_load_max::bigint as initiative_load_max,
        loads_of_quarter.n_schools_overloaded::bigint as n_schools_overloaded,
        coalesce(loads_of_quarter.initiative_load_status, 'insufficient_data') as initiative_load_status,

        values_of_month.theory_first_value as theory_first_share,
        values_of_month.theory_first_status,
        values_of_month.learning_outcome_value as learning_outcome_share,
        values_of_month.learning_outcome_status,
        values_of_month.reviews_held_value as reviews_held_share,
        values_of_month.reviews_held_status,

        values_of_month.learning_hours_per_fte_value as learning_hours_per_fte,
        values_of_month.learning_hours_per_fte_status,
        round(learning.learning_cost / nullif(learning.average_fte, 0), 2) as learning_cost_per_fte,
        values_of_month.role_fit_value as role_fit_share,
        values_of_month.role_fit_status,
        interface.vacant_days as interface_vacant_days,
        round(
            (interface_years.ild_fte + interface_years.case_manager_fte) * 10 / nullif(interface_years.n_schools, 0), 2
        ) as interface_fte_per_10_schools,
        values_of_month.ild_retention_value as ild_retention_share,
        values_of_month.ild_retention_status,

        values_of_month.informed_stakeholders_value as informed_stakeholder_share,
        values_of_month.informed_stakeholders_status as informed_stakeholder_status,
        values_of_month.plain_messages_value as plain_message_share,
        values_of_month.plain_messages_status as plain_message_status,
        conversations.n as n_conversations,
        values_of_month.conversation_value as conversation_share,
        values_of_month.conversation_status,
        values_of_month.funded_runway_value as funded_runway_months,
        values_of_month.funded_runway_status,

        coalesce(values_of_month.data_as_of, months.evaluated_at) as data_as_of
    from months
    inner join values_of_month on months.month_start_on = values_of_month.month_start_on
    inner join changes_of_month on months.month_start_on = changes_of_month.month_start_on
    left join version_of_month on months.month_start_on = version_of_month.month_start_on
    left join resources_of_quarter on months.quarter_start_on = resources_of_quarter.period_start_on
    left join loads_of_quarter on months.quarter_start_on = loads_of_quarter.period_start_on
    left join conversations on months.quarter_start_on = conversations.period_start_on
    left join learning on months.year_start_on = learning.period_start_on
    left join interface on months.month_start_on = interface.period_start_on
    left join interface_years on months.year_start_on = interface_years.period_start_on

)

select * from final
