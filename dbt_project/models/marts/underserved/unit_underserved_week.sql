{{ config(indexes=[{'columns': ['week_start_on', 'unit_id'], 'unique': true}]) }}

-- The promise to all schools together: whether a unit kept it over all its requests, those of schools too small to be judged
-- alone included. So a unit that is slow everywhere is heard of, however few schools stand out. It persists as the rule does for
-- a school; the limit is the school's.
with unit_weeks as (

    select * from {{ ref('service_unit_week') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

rules as (

    select * from {{ ref('dim_underserved_rule') }}
    where rule_id = 'service_promise_kept' and is_in_force

),

limits as (

    select * from {{ ref('dim_indicator_limit') }}
    where indicator_id = 'D3.3'

),

chiefs as (

    select
        week_start_on,
        unit_id,
        max(chief_staff_id) as chief_staff_id
    from {{ ref('int_service_week__context') }}
    group by 1, 2

),

judged as (

    select
        unit_weeks.*,
        weeks.counts_for_service,
        chiefs.chief_staff_id,
        rules.rule_id,
        rules.flag_kind,
        rules.indicator_id,
        rules.owner_role,
        rules.informed_role,
        rules.opens_after_weeks,
        rules.opens_of_weeks,
        limits.act,
        case
            when unit_weeks.is_source_late then 'insufficient_data'
            else {{ indicator_status('unit_weeks.promise_kept_share', 'unit_weeks.n_promises_due') }}
        end as status
    from unit_weeks
    inner join weeks on unit_weeks.week_start_on = weeks.week_start_on
    inner join rules on {{ covers('rules.valid_from', 'rules.valid_to', 'unit_weeks.week_start_on') }}
    inner join limits on {{ covers('limits.valid_from', 'limits.valid_to', 'unit_weeks.week_start_on') }}
    left join chiefs on unit_weeks.week_start_on = chiefs.week_start_on and unit_weeks.unit_id = chiefs.unit_id

),

numbered as (

    select
        *,
        status = 'act' as is_breached,
        count(*) filter (where counts_for_service) over unit_history as counted_week_no,
        count(*) filter (where counts_for_service and status = 'act') over unit_history as n_breached_so_far,
        count(*) filter (where counts_for_service and status <> 'act') over unit_history as streak_no
    from judged
    window unit_history as (partition by unit_id order by week_start_on)

),

persistent as (

    select
        numbered.*,
        numbered.n_breached_so_far - coalesce(before_them.n_breached_so_far, 0) as n_breached_of_last_weeks,
        min(numbered.week_start_on) filter (where numbered.is_breached) over (
            partition by numbered.unit_id, numbered.streak_no
        ) as streak_started_on
    from numbered
    left join numbered as before_them
        on
            numbered.unit_id = before_them.unit_id
            and numbered.counted_week_no - numbered.opens_of_weeks = before_them.counted_week_no
            and before_them.counts_for_service

),

final as (

    select
        week_start_on,
        unit_id,
        unit_name,
        rule_id,
        flag_kind,
        indicator_id,
        promise_kept_share as value,
        act::numeric(14, 4) as act_threshold,
        coalesce(n_promises_due, 0)::bigint as n,
        n_promises_kept,
        status,
        is_breached,
        n_breached_of_last_weeks::int as n_breached_of_last_weeks,
        status <> 'insufficient_data' and n_breached_of_last_weeks >= opens_after_weeks as is_flagged,
        owner_role,
        chief_staff_id as owner_staff_id,
        informed_role,
        case
            when status = 'insufficient_data'
                then 'Too little is known of ' || unit_name || ' this week to judge its promises.'
            else unit_name || ' kept ' || n_promises_kept || ' of ' || {{ counted('n_promises_due', 'promise') }}
                || ' to all schools together in the last four weeks; the promise is ' || {{ share_in_words('act') }} || '.'
        end as reason_text,
        case when is_breached then streak_started_on end as since_on,
        data_as_of
    from persistent

)

select * from final
