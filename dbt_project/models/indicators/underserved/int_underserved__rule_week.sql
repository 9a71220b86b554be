-- Grain: one rule for one school (and unit) in one week, before persistence. Another method of judging service (observed against
-- expected for identical requests elsewhere) joins here as one more branch with a rule of its own.
with rules as (

    select * from {{ ref('underserved_rules') }}

),

limits as (

    select * from {{ ref('dim_indicator_limit') }}

),

partnership_weeks as (

    select * from {{ ref('partnership_week') }}

),

service_weeks as (

    select * from {{ ref('service_week') }}

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
        null as unit_id,
        partnership_weeks.counts_for_partnership as is_counted_week,
        partnership_values.rule_id,
        partnership_values.numerator,
        partnership_values.denominator,
        partnership_values.value,
        partnership_values.n,
        4 as n_window_weeks,
        partnership_values.status,
        partnership_values.data_as_of
    from partnership_weeks
    inner join partnership_values
        on
            partnership_weeks.school_key = partnership_values.scope_id
            and partnership_weeks.week_start_on = partnership_values.period_start_on

    union all

    select
        service_weeks.week_start_on,
        service_weeks.school_key,
        service_weeks.unit_id,
        service_weeks.counts_for_service,
        service_values.rule_id,
        service_values.numerator,
        service_values.denominator,
        service_values.value,
        service_values.n,
        service_weeks.n_promise_weeks,
        service_values.status,
        service_values.data_as_of
    from service_weeks
    inner join service_values
        on
            service_weeks.school_key || '/' || service_weeks.unit_id = service_values.scope_id
            and service_weeks.week_start_on = service_values.period_start_on

    union all

    select
        week_start_on,
        school_key,
        unit_id,
        counts_for_service,
        'service_urgent_overdue',
        n_urgent_overdue,
        n_open,
        case when not is_source_late then n_urgent_overdue end,
        n_open as n,
        1,
        case
            when is_source_late then 'insufficient_data'
            when n_urgent_overdue > 0 then 'act'
            else 'ok'
        end,
        data_as_of
    from service_weeks

),

final as (

    select
        evaluated.week_start_on,
        evaluated.school_key,
        evaluated.rule_id,
        evaluated.unit_id,
        rules.flag_kind,
        rules.indicator_id,
        rules.owner_role,
        rules.informed_role,
        rules.is_immediate,
        evaluated.is_counted_week,
        evaluated.numerator,
        evaluated.denominator,
        evaluated.value,
        case when evaluated.rule_id = 'service_urgent_overdue' then 0 else limits.act end as act_threshold,
        evaluated.n,
        evaluated.n_window_weeks,
        evaluated.status,
        evaluated.status = 'act' as is_breached,
        evaluated.data_as_of
    from evaluated
    inner join rules on evaluated.rule_id = rules.rule_id
    inner join limits
        on
            rules.indicator_id = limits.indicator_id
            and {{ covers('limits.valid_from', 'limits.valid_to', 'evaluated.week_start_on') }}

)

select * from final
