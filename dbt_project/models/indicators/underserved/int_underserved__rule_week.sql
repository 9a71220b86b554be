{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['week_start_on', 'rule_id', 'scope_id'],
        on_schema_change='sync_all_columns',
        indexes=[{'columns': ['rule_id', 'scope_id', 'week_start_on'], 'unique': true}, {'columns': ['changed_at']}],
        pre_hook=['{{ join_by_hash() }}', "{{ start_anew_without('opens_of_weeks') }}"],
        post_hook=[
            "{{ forget_rule_weeks() }}",
        ],
    )
}}

-- Grain: one rule for one school (and unit) in one week, before persistence, with who owned the matter then, as the version of
-- the theory of action has it that was in force. Service is judged anew where service_week has been written, the partnership and
-- the comparison of schools as a whole: their weeks do not grow with the requests. The comparison is of a school, says itself
-- whether it persists (`is_persistent`, null for all others) and what it found (`finding_text`).
with rules as (

    select * from {{ ref('dim_underserved_rule') }}
    where is_in_force

),

limits as (

    select * from {{ ref('dim_indicator_limit') }}

),

partnership_weeks as (

    select * from {{ ref('partnership_week') }}

),

comparisons as (

    select * from {{ ref('int_underserved__comparison_week') }}

),

service_weeks as (

    select
        service_weeks.*,
        contexts.school_name,
        contexts.unit_name,
        contexts.chief_staff_id
    from {{ ref('service_week') }} as service_weeks
    inner join {{ ref('int_service_week__context') }} as contexts
        on
            service_weeks.week_start_on = contexts.week_start_on
            and service_weeks.school_key = contexts.school_key
            and service_weeks.unit_id = contexts.unit_id
    {% if is_incremental() %}
        where
            service_weeks.changed_at > {{ last_written() }}
            or contexts.changed_at > {{ last_written() }}
    {% endif %}

),

schools as (

    select * from {{ ref('dim_school') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

supervising_roles as (

    select * from {{ ref('role_assignment') }}
    where role in ('ild', 'ild_supervisor')

),

-- Of the one person who supervises ILDs in a week, if it is one.
only_supervisors as (

    select
        weeks.week_start_on,
        case when count(distinct roles.staff_id) = 1 then min(roles.staff_id) end as staff_id
    from weeks
    inner join supervising_roles as roles
        on roles.role = 'ild_supervisor' and {{ covers('roles.valid_from', 'roles.valid_to', 'weeks.shown_on') }}
    group by 1

),

-- The ILD's own supervisor: in the role of the week, else in the last one before it.
ild_supervisors as (

    select distinct on (weeks.week_start_on, roles.staff_id)
        weeks.week_start_on,
        roles.staff_id as ild_staff_id,
        roles.supervisor_staff_id
    from weeks
    inner join supervising_roles as roles
        on
            roles.role = 'ild'
            and roles.supervisor_staff_id is not null
            and coalesce(roles.valid_from, '-infinity') <= weeks.shown_on
    order by weeks.week_start_on, roles.staff_id, roles.valid_from desc nulls last, roles.supervisor_staff_id

),

partnership_values as (

    select
        'partnership_contact_gap' as rule_id,
        measured.*
    from {{ ref('ind_partnership__contact_gap') }} as measured

    union all

    select
        'partnership_cadence',
        measured.*
    from {{ ref('ind_partnership__cadence') }} as measured

    union all

    select
        'partnership_unpaired',
        measured.*
    from {{ ref('ind_partnership__unpaired') }} as measured

),

service_values as (

    select
        'service_promise_kept' as rule_id,
        measured.*
    from {{ ref('ind_service__promise_kept') }} as measured

    union all

    select
        'service_ageing',
        measured.*
    from {{ ref('ind_service__ageing') }} as measured

    union all

    select
        'service_no_case_manager',
        measured.*
    from {{ ref('ind_service__case_manager') }} as measured

),

evaluated as (

    select
        partnership_weeks.week_start_on,
        partnership_weeks.school_key,
        schools.school_name,
        null as unit_id,
        null as unit_name,
        partnership_weeks.counts_for_partnership as is_counted_week,
        partnership_values.rule_id,
        partnership_values.numerator,
        partnership_values.denominator,
        partnership_values.value,
        partnership_values.n,
        4 as n_window_weeks,
        partnership_values.status,
        -- For an unpaired school, and as last resort, the one person who supervises ILDs.
        coalesce(ild_supervisors.supervisor_staff_id, only_supervisors.staff_id) as owner_staff_id,
        null as scope_unit_id,
        null::boolean as is_persistent,
        null as finding_text,
        partnership_values.data_as_of
    from partnership_weeks
    inner join schools on partnership_weeks.school_key = schools.school_key
    left join only_supervisors on partnership_weeks.week_start_on = only_supervisors.week_start_on
    left join ild_supervisors
        on
            partnership_weeks.week_start_on = ild_supervisors.week_start_on
            and partnership_weeks.ild_staff_id = ild_supervisors.ild_staff_id
    inner join partnership_values
        on
            partnership_weeks.school_key = partnership_values.scope_id
            and partnership_weeks.week_start_on = partnership_values.period_start_on

    union all

    select
        service_weeks.week_start_on,
        service_weeks.school_key,
        service_weeks.school_name,
        service_weeks.unit_id,
        service_weeks.unit_name,
        service_weeks.counts_for_service,
        service_values.rule_id,
        service_values.numerator,
        service_values.denominator,
        service_values.value,
        service_values.n,
        service_weeks.n_promise_weeks,
        service_values.status,
        service_weeks.chief_staff_id,
        service_weeks.unit_id,
        null,
        null,
        service_values.data_as_of
    from service_weeks
    inner join service_values
        on
            service_weeks.school_key || '/' || service_weeks.unit_id = service_values.scope_id
            and service_weeks.week_start_on = service_values.period_start_on

    union all

    select
        service_weeks.week_start_on,
        service_weeks.school_key,
        service_weeks.school_name,
        service_weeks.unit_id,
        service_weeks.unit_name,
        service_weeks.counts_for_service,
        'service_urgent_overdue',
        service_weeks.n_urgent_overdue,
        service_weeks.n_open,
        case when not service_weeks.is_source_late then service_weeks.n_urgent_overdue end,
        service_weeks.n_open as n,
        1,
        case
            when service_weeks.is_source_late then 'insufficient_data'
            when service_weeks.n_urgent_overdue > 0 then 'act'
            else 'ok'
        end,
        service_weeks.chief_staff_id,
        service_weeks.unit_id,
        null,
        null,
        service_weeks.data_as_of
    from service_weeks

    union all

    select
        week_start_on,
        school_key,
        school_name,
        unit_id,
        unit_name,
        is_counted_week,
        'service_slower_than_elsewhere',
        observed,
        expected,
        q,
        n,
        {{ var('detection_trailing_weeks') }},
        status,
        chief_staff_id,
        null,
        is_flagged,
        finding_text,
        data_as_of
    from comparisons

),

final as (

    select
        evaluated.week_start_on,
        evaluated.rule_id,
        evaluated.school_key || coalesce('/' || evaluated.scope_unit_id, '') as scope_id,
        evaluated.school_key,
        evaluated.school_name,
        evaluated.unit_id,
        evaluated.unit_name,
        rules.flag_kind,
        rules.indicator_id,
        rules.owner_role,
        evaluated.owner_staff_id,
        rules.informed_role,
        rules.opens_after_weeks,
        rules.opens_of_weeks,
        evaluated.is_counted_week,
        evaluated.numerator::numeric as numerator,
        evaluated.denominator::numeric as denominator,
        evaluated.value::numeric as value,
        case when evaluated.rule_id = 'service_urgent_overdue' then 0 else limits.act end as act_threshold,
        evaluated.n::bigint as n,
        evaluated.n_window_weeks,
        evaluated.status,
        evaluated.status = 'act' as is_breached,
        evaluated.is_persistent,
        evaluated.finding_text,
        evaluated.data_as_of
    from evaluated
    inner join rules
        on
            evaluated.rule_id = rules.rule_id
            and {{ covers('rules.valid_from', 'rules.valid_to', 'evaluated.week_start_on') }}
    inner join limits
        on
            rules.indicator_id = limits.indicator_id
            and {{ covers('limits.valid_from', 'limits.valid_to', 'evaluated.week_start_on') }}

)

{{ rows_to_write(['week_start_on', 'rule_id', 'scope_id']) }}
