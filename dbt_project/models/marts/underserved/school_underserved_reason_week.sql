{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key=['week_start_on', 'rule_id', 'scope_id'],
        on_schema_change='append_new_columns',
        indexes=[
            {'columns': ['week_start_on', 'is_flagged']},
            {'columns': ['school_key']},
            {'columns': ['rule_id', 'scope_id', 'week_start_on'], 'unique': true},
            {'columns': ['changed_at']},
        ],
        pre_hook='{{ join_by_hash() }}',
        post_hook=[
            "{{ forget_what_left(ref('int_underserved__rule_week'), ['week_start_on', 'rule_id', 'scope_id']) }}",
        ],
    )
}}

-- Persistence looks at the last weeks that count (see dim_week), as many as the rule asks for; a week that does not count carries
-- the state it met. The comparison of schools brings its own, longer one (detection_school_week). A week that changes can so
-- change those after it: from the first week in which a rule was judged anew for a school, its weeks are gone through, and what
-- comes out different is written.
with rule_weeks as (

    select * from {{ ref('int_underserved__rule_week') }}

),

judged_anew as (

    select
        rule_id,
        scope_id,
        min(week_start_on) as from_week
    from rule_weeks
    {% if is_incremental() %}
        where changed_at > {{ last_written() }}
    {% endif %}
    group by 1, 2

),

numbered as (

    select
        rule_weeks.*,
        judged_anew.from_week,
        count(*) filter (where rule_weeks.is_counted_week) over rule_history as counted_week_no,
        count(*) filter (where rule_weeks.is_counted_week and not rule_weeks.is_breached) over rule_history as streak_no
    from rule_weeks
    inner join judged_anew on rule_weeks.rule_id = judged_anew.rule_id and rule_weeks.scope_id = judged_anew.scope_id
    window rule_history as (partition by rule_weeks.rule_id, rule_weeks.scope_id order by rule_weeks.week_start_on)

),

running as (

    select
        *,
        count(*) filter (where is_counted_week and is_breached) over rule_history as n_breached_so_far,
        min(week_start_on) filter (where is_breached) over (
            partition by rule_id, scope_id, streak_no
        ) as streak_started_on
    from numbered
    window rule_history as (partition by rule_id, scope_id order by week_start_on)

),

-- The number of breaches before the last weeks that count is looked up by the number of such a week: a join of a history with
-- itself would compare each of its weeks with each.
looking_back as (

    select
        *,
        array_agg(n_breached_so_far) filter (where is_counted_week) over rule_history as n_breached_by_counted_week
    from running
    window rule_history as (partition by rule_id, scope_id order by week_start_on)

),

persistent as (

    select
        *,
        n_breached_so_far - coalesce(n_breached_by_counted_week[counted_week_no - 3], 0) as n_breached_of_last_3_weeks,
        n_breached_so_far - coalesce(n_breached_by_counted_week[counted_week_no - opens_of_weeks], 0) as n_breached_of_last_weeks
    from looking_back

),

final as (

    select
        persistent.week_start_on,
        persistent.school_key,
        persistent.school_name,
        persistent.rule_id,
        persistent.flag_kind,
        persistent.unit_id,
        persistent.unit_name,
        persistent.scope_id,
        persistent.indicator_id,
        persistent.value::numeric(14, 4) as value,
        persistent.act_threshold::numeric(14, 4) as act_threshold,
        persistent.n,
        persistent.status,
        persistent.is_breached,
        persistent.n_breached_of_last_3_weeks::int as n_breached_of_last_3_weeks,
        case
            when persistent.status = 'insufficient_data' then false
            when persistent.is_persistent is not null then persistent.is_persistent
            when persistent.opens_of_weeks = 1 then persistent.is_breached
            else persistent.n_breached_of_last_weeks >= persistent.opens_after_weeks
        end as is_flagged,
        persistent.owner_role,
        persistent.owner_staff_id,
        persistent.informed_role,
        case
            when persistent.finding_text is not null then persistent.finding_text
            when persistent.status = 'insufficient_data'
                then 'Too little is known of ' || persistent.school_name || ' this week to judge '
                    || case persistent.flag_kind
                        when 'partnership' then 'the partnership with its principal.'
                        else 'the service of ' || persistent.unit_name || '.'
                    end
            when persistent.rule_id = 'partnership_contact_gap'
                then persistent.school_name || ' has gone ' || {{ counted('persistent.value', 'school day') }}
                    || ' without a substantive contact on instructional leadership; the limit is '
                    || trunc(persistent.act_threshold)::text || '.'
            when persistent.rule_id = 'partnership_cadence'
                then persistent.school_name || ' was within two weeks of a substantive contact on '
                    || trunc(persistent.numerator)::text || ' of ' || {{ counted('persistent.denominator', 'school day') }}
                    || ' this term; the promise is ' || {{ share_in_words('persistent.act_threshold') }} || '.'
            when persistent.rule_id = 'partnership_unpaired'
                then persistent.school_name || ' had no instructional leadership director in post on '
                    || trunc(persistent.numerator)::text || ' of the last '
                    || {{ counted('persistent.denominator', 'school day') }}
                    || '; the limit is ' || trunc(persistent.act_threshold)::text || '.'
            when persistent.rule_id = 'service_promise_kept'
                then persistent.unit_name || ' kept ' || trunc(persistent.numerator)::text || ' of '
                    || {{ counted('persistent.denominator', 'promise') }} || ' to ' || persistent.school_name || ' in the last '
                    || case persistent.n_window_weeks when 4 then 'four' else 'eight' end || ' weeks; the promise is '
                    || {{ share_in_words('persistent.act_threshold') }} || '.'
            when persistent.rule_id = 'service_ageing'
                then persistent.unit_name || ' has ' || {{ counted('persistent.value', 'request') }} || ' from '
                    || persistent.school_name || ' open for more than twice the promised time; the limit is '
                    || trunc(persistent.act_threshold)::text || '.'
            when persistent.rule_id = 'service_urgent_overdue'
                then persistent.unit_name || ' has ' || {{ counted('persistent.value', 'urgent request') }} || ' from '
                    || persistent.school_name || ' open past the promise; the limit is none.'
            when persistent.rule_id = 'service_no_case_manager'
                then persistent.unit_name || ' has had no case manager for ' || persistent.school_name || ' for '
                    || {{ counted('persistent.value', 'working day') }} || '; the limit is '
                    || trunc(persistent.act_threshold)::text || '.'
        end || case
            when
                persistent.status <> 'insufficient_data' and persistent.opens_of_weeks > 1 and not persistent.is_breached
                and persistent.finding_text is null
                and persistent.n_breached_of_last_weeks >= persistent.opens_after_weeks
                then ' This week is within it; ' || {{ number_in_words('persistent.n_breached_of_last_weeks') }}
                    || ' of the last ' || {{ number_in_words('persistent.opens_of_weeks') }} || ' were not.'
            else ''
        end as reason_text,
        case when persistent.is_breached then persistent.streak_started_on end as since_on,
        persistent.data_as_of
    from persistent
    where persistent.week_start_on >= persistent.from_week

)

{{ rows_to_write(['week_start_on', 'rule_id', 'scope_id']) }}
