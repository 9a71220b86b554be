{{ config(indexes=[{'columns': ['period_start_on', 'unit_id'], 'unique': true}]) }}

-- A unit's row tells what the unit does to the partnerships, the district's row ("all") the sums of the units and what no single
-- unit can mend: ILDs' learning, coaching, load and protected time, and who holds principals to account. ILDs appear in counts
-- and sums only.
with unit_months as (

    select * from {{ ref('unit_assistance_month') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

months as (

    select * from {{ ref('dim_period') }}
    where period_type = 'month'

),

years as (

    select * from {{ ref('dim_period') }}
    where period_type = 'year'

),

school_months as (

    select * from {{ ref('partnership_month') }}

),

ild_months as (

    select * from {{ ref('ild_period') }}
    where period_type = 'month'

),

evaluations as (

    select * from {{ ref('evaluation') }}

),

unit_statuses as (

    select * from {{ ref('ind_assistance__bypass') }}
    union all
    select * from {{ ref('ind_assistance__directives') }}
    union all
    select * from {{ ref('ind_assistance__boomerang') }}

),

coached as (

    select * from {{ ref('ind_assistance__coached_ilds') }}

),

year_statuses as (

    select * from {{ ref('ind_assistance__system_accountability') }}
    union all
    select * from {{ ref('ind_assistance__timely_evaluation') }}

),

open_schools as (

    select
        period_start_on,
        count(*) as n_schools
    from school_months
    group by 1

),

judged_units as (

    select
        scope_id as unit_id,
        period_start_on,
        max(status) filter (where indicator_id = 'D2.7') as bypass_status,
        max(status) filter (where indicator_id = 'D2.8') as directive_status,
        max(status) filter (where indicator_id = 'D2.5') as boomerang_status
    from unit_statuses
    group by 1, 2

),

ilds as (

    select
        period_start_on,
        count(*) as n_ilds,
        count(*) filter (where n_observed_sessions > 0) as n_coached_ilds,
        sum(pd_minutes) as pd_minutes,
        sum(worked_minutes) as worked_minutes,
        sum(operational_minutes) as operational_minutes,
        sum(n_issues_due) as n_issues_due,
        sum(n_issues_handed_over) as n_issues_handed_over,
        sum(n_visits_planned) as n_visits_planned,
        sum(n_visits_broken) as n_visits_broken,
        sum(n_tagged_il_contacts) as n_coaching_contacts,
        sum(n_evaluation_tagged_contacts) as n_evaluation_tagged_contacts
    from ild_months
    group by 1

),

signed as (

    select
        months.period_start_on,
        count(evaluations.is_by_system) as n_accountability_acts,
        count(*) filter (where evaluations.is_by_system) as n_acts_by_system
    from months
    inner join evaluations
        on
            evaluations.is_accountability_act
            and evaluations.completed_on >= months.period_start_on
            and evaluations.completed_on < months.evaluated_before_on
    group by 1

),

due as (

    select
        months.period_start_on,
        count(*) as n_evaluations_due,
        count(*) filter (where evaluations.is_on_time) as n_evaluations_on_time
    from months
    inner join evaluations
        on
            evaluations.is_due
            and evaluations.due_on >= months.period_start_on
            and evaluations.due_on < months.evaluated_before_on
    group by 1

),

judged_months as (

    select
        months.period_start_on,
        max(year_statuses.status) filter (where year_statuses.indicator_id = 'D2.10') as accountability_status,
        max(year_statuses.status) filter (where year_statuses.indicator_id = 'D2.12') as evaluation_status
    from months
    inner join years on {{ covers('years.period_start_on', 'years.period_end_on', 'months.evaluated_before_on - 1') }}
    inner join year_statuses on years.period_start_on = year_statuses.period_start_on
    group by 1

),

unit_rows as (

    select
        unit_months.period_start_on,
        unit_months.unit_id,
        units.unit_name,
        unit_months.n_contacts,
        unit_months.n_substantive_contacts,
        unit_months.n_told_contacts,
        unit_months.n_bypasses,
        unit_months.n_asks,
        unit_months.n_school_asks,
        unit_months.n_short_notice_school_asks,
        unit_months.n_directives,
        unit_months.n_directives_not_routed,
        unit_months.n_transfers,
        unit_months.n_boomerangs,
        coalesce(judged_units.bypass_status, 'insufficient_data') as bypass_status,
        coalesce(judged_units.directive_status, 'insufficient_data') as directive_status,
        coalesce(judged_units.boomerang_status, 'insufficient_data') as boomerang_status,
        unit_months.data_as_of
    from unit_months
    inner join units on unit_months.unit_id = units.unit_id
    left join judged_units
        on unit_months.unit_id = judged_units.unit_id and unit_months.period_start_on = judged_units.period_start_on

),

rows_of_both as (

    select
        unit_rows.*,
        {{ gravest_status(['unit_rows.bypass_status', 'unit_rows.directive_status', 'unit_rows.boomerang_status']) }} as status,
        1 as n_units,
        null::bigint as n_units_to_act
    from unit_rows

    union all

    select
        period_start_on,
        'all',
        'All units',
        sum(n_contacts),
        sum(n_substantive_contacts),
        sum(n_told_contacts),
        sum(n_bypasses),
        sum(n_asks),
        sum(n_school_asks),
        sum(n_short_notice_school_asks),
        sum(n_directives),
        sum(n_directives_not_routed),
        sum(n_transfers),
        sum(n_boomerangs),
        null,
        null,
        null,
        min(data_as_of),
        null,
        count(*),
        count(*) filter (where 'act' in (bypass_status, directive_status, boomerang_status))
    from unit_rows
    group by 1

),

final as (

    select
        rows_of_both.period_start_on,
        rows_of_both.unit_id,
        rows_of_both.unit_name,
        rows_of_both.unit_id = 'all' as is_district,
        rows_of_both.n_substantive_contacts::int as n_substantive_contacts,
        rows_of_both.n_bypasses::int as n_bypasses,
        {{ share('rows_of_both.n_bypasses', 'rows_of_both.n_told_contacts') }} as bypass_share,
        rows_of_both.n_asks::int as n_asks,
        rows_of_both.n_school_asks::int as n_school_asks,
        {{ share('rows_of_both.n_school_asks', 'open_schools.n_schools') }} as asks_per_school,
        rows_of_both.n_short_notice_school_asks::int as n_short_notice_school_asks,
        {{ share('rows_of_both.n_short_notice_school_asks', 'rows_of_both.n_school_asks') }} as short_notice_share,
        rows_of_both.n_directives::int as n_directives,
        rows_of_both.n_directives_not_routed::int as n_directives_not_routed,
        rows_of_both.n_transfers::int as n_transfers,
        rows_of_both.n_boomerangs::int as n_boomerangs,
        {{ share('rows_of_both.n_boomerangs', 'rows_of_both.n_transfers') }} as boomerang_share,
        rows_of_both.bypass_status,
        rows_of_both.directive_status,
        rows_of_both.boomerang_status,
        ilds.n_ilds::int as n_ilds,
        ilds.n_coached_ilds::int as n_coached_ilds,
        {{ share('ilds.pd_minutes / 60.0', 'ilds.n_ilds') }} as learning_hours_per_ild,
        {{ share('ilds.operational_minutes', 'ilds.worked_minutes') }} as ild_operational_share,
        ilds.n_issues_due::int as n_issues_raised,
        ilds.n_issues_handed_over::int as n_issues_handed_over,
        ilds.n_visits_planned::int as n_visits_planned,
        ilds.n_visits_broken::int as n_visits_broken,
        ilds.n_coaching_contacts::int as n_coaching_contacts,
        ilds.n_evaluation_tagged_contacts::int as n_evaluation_tagged_contacts,
        case when rows_of_both.unit_id = 'all' then coalesce(signed.n_accountability_acts, 0) end::int as n_accountability_acts,
        case when rows_of_both.unit_id = 'all' then coalesce(signed.n_acts_by_system, 0) end::int as n_acts_by_system,
        case when rows_of_both.unit_id = 'all' then coalesce(due.n_evaluations_due, 0) end::int as n_evaluations_due,
        case when rows_of_both.unit_id = 'all' then coalesce(due.n_evaluations_on_time, 0) end::int as n_evaluations_on_time,
        coached.status as coached_status,
        judged_months.accountability_status,
        judged_months.evaluation_status,
        rows_of_both.n_units_to_act::int as n_units_to_act,
        case
            when rows_of_both.unit_id <> 'all' then rows_of_both.status
            else {{ gravest_status([
                "coalesce(coached.status, 'insufficient_data')",
                "coalesce(judged_months.accountability_status, 'insufficient_data')",
                "coalesce(judged_months.evaluation_status, 'insufficient_data')",
                "case when rows_of_both.n_units_to_act > 0 then 'watch' else 'insufficient_data' end",
            ]) }}
        end as status,
        rows_of_both.data_as_of
    from rows_of_both
    left join open_schools on rows_of_both.period_start_on = open_schools.period_start_on
    left join ilds on rows_of_both.unit_id = 'all' and rows_of_both.period_start_on = ilds.period_start_on
    left join signed on rows_of_both.unit_id = 'all' and rows_of_both.period_start_on = signed.period_start_on
    left join due on rows_of_both.unit_id = 'all' and rows_of_both.period_start_on = due.period_start_on
    left join coached on rows_of_both.unit_id = 'all' and rows_of_both.period_start_on = coached.period_start_on
    left join judged_months on rows_of_both.unit_id = 'all' and rows_of_both.period_start_on = judged_months.period_start_on

)

select * from final
