{{
    config(
        materialized='incremental',
        incremental_strategy='delete+insert',
        unique_key='alert_key',
        on_schema_change='sync_all_columns',
        indexes=[{'columns': ['alert_key']}],
        pre_hook='{{ join_by_hash() }}',
    )
}}

-- Grain: one answered alert and one school: its own (`is_own`), and the schools most like it for which nobody acted, nearest
-- first. Schools are flagged when they are at their worst and get better by themselves (regression to the mean; Barnett et al.
-- 2005, Int J Epidemiol 34:215), so the like must have been about as badly off in the same weeks: by the mean of the weeks
-- before, and by the last of them, since a school on its way up has another mean than one that has stayed there. All of one
-- rule and, where it is judged by unit, one unit. A parent is one row, the mean over its schools; it has no like, since all
-- were acted for. Once a result has settled it is kept: later corrections of its weeks no longer move it, and a build's cost
-- does not grow with the years. The comparison with other schools is read as requests done to requests expected, not as the q
-- it is judged by.
with windows as (

    select * from {{ ref('int_action_effect__window') }}
    {% if is_incremental() %}
        where alert_key not in (select held.alert_key from {{ this }} as held where held.is_settled)
    {% endif %}

),

responses as (

    select * from {{ ref('alert_response') }}
    where answer is not null

),

complete_weeks as (

    select week_start_on from {{ ref('dim_week') }}
    where is_complete

),

measured as (

    select
        rule_weeks.rule_id,
        rule_weeks.school_key,
        case when rule_weeks.scope_id <> rule_weeks.school_key then rule_weeks.unit_id end as judged_unit_id,
        rule_weeks.week_start_on,
        case rule_weeks.rule_id
            when 'service_slower_than_elsewhere' then rule_weeks.numerator / nullif(rule_weeks.denominator, 0)
            else rule_weeks.value
        end::float as value
    from {{ ref('int_underserved__rule_week') }} as rule_weeks
    inner join complete_weeks on rule_weeks.week_start_on = complete_weeks.week_start_on
    where
        rule_weeks.status <> 'insufficient_data'
        and rule_weeks.week_start_on >= (select min(windows.before_from_on) from windows)

),

judged_by_unit as (

    select distinct rule_id from measured
    where judged_unit_id is not null

),

placed as (

    select
        windows.*,
        case when judged_by_unit.rule_id is not null then windows.unit_id end as judged_unit_id
    from windows
    left join judged_by_unit on windows.rule_id = judged_by_unit.rule_id

),

-- A line a week looked at; made first, or the planner would pair every alert with all weeks of its unit.
looked_at as materialized (

    select
        placed.alert_key,
        placed.school_key,
        placed.rule_id,
        coalesce(placed.judged_unit_id, '') as judged_unit_id,
        weeks.week_start_on,
        weeks.week_start_on < placed.answered_week_on as is_before,
        weeks.week_start_on >= placed.answered_week_on - 7 * {{ var('effect_level_weeks') }}
        and weeks.week_start_on < placed.answered_week_on as is_last_before,
        (weeks.week_start_on - placed.answered_week_on) / 7 as week_no
    from placed
    inner join complete_weeks as weeks
        on
            (weeks.week_start_on >= placed.before_from_on and weeks.week_start_on < placed.answered_week_on)
            or (weeks.week_start_on >= placed.after_from_on and weeks.week_start_on < placed.after_to_on)

),

compared as (

    select
        looked_at.alert_key,
        measured.school_key,
        coalesce(looked_at.school_key = measured.school_key, true) as is_own,
        count(*) filter (where looked_at.is_before) as n_weeks_before,
        avg(measured.value) filter (where looked_at.is_before) as value_before,
        avg(measured.value) filter (where looked_at.is_last_before) as last_value_before,
        regr_slope(measured.value, looked_at.week_no) filter (where looked_at.is_before) as trend_before,
        count(*) filter (where not looked_at.is_before) as n_weeks_after,
        avg(measured.value) filter (where not looked_at.is_before) as value_after
    from looked_at
    inner join measured
        on
            looked_at.rule_id = measured.rule_id
            and looked_at.week_start_on = measured.week_start_on
            and looked_at.judged_unit_id = coalesce(measured.judged_unit_id, '')
    where measured.value is not null
    group by 1, 2, 3

),

own as (

    select
        alert_key,
        max(n_weeks_before) as n_weeks_before,
        avg(value_before) as value_before,
        avg(last_value_before) as last_value_before,
        avg(trend_before) as trend_before,
        max(n_weeks_after) as n_weeks_after,
        avg(value_after) as value_after
    from compared
    where is_own
    group by 1

),

-- Schools somebody acted for in these weeks: at the same unit for whatever reason, or by a parent of the same rule.
acted_for as (

    select distinct
        placed.alert_key,
        responses.school_key
    from placed
    inner join responses
        on
            coalesce(placed.unit_id, '') = coalesce(responses.unit_id, '')
            and (responses.school_key is not null or responses.rule_id = placed.rule_id)
            and responses.answered_on >= placed.before_from_on
            and responses.answered_on < placed.after_to_on
            and responses.alert_key <> placed.alert_key

),

others as (

    select compared.*
    from compared
    inner join placed on compared.alert_key = placed.alert_key
    where
        placed.school_key is not null
        and not compared.is_own
        and compared.n_weeks_before >= {{ var('effect_min_weeks') }}
        and compared.n_weeks_after >= {{ var('effect_min_weeks') }}
        and compared.last_value_before is not null
        and not exists (
            select 1 from acted_for
            where
                acted_for.alert_key = compared.alert_key
                and coalesce(acted_for.school_key, compared.school_key) = compared.school_key
        )

),

spread as (

    select
        alert_key,
        nullif(stddev_samp(value_before), 0) as of_value_before,
        nullif(stddev_samp(last_value_before), 0) as of_last_value_before
    from compared
    where n_weeks_before >= {{ var('effect_min_weeks') }}
    group by 1

),

distances as (

    select
        others.*,
        abs(others.value_before - own.value_before) / spread.of_value_before as distance_of_means,
        abs(others.last_value_before - own.last_value_before) / spread.of_last_value_before as distance_of_levels
    from others
    inner join own on others.alert_key = own.alert_key
    inner join spread on others.alert_key = spread.alert_key

),

ranked as (

    select
        *,
        row_number() over (
            partition by alert_key
            order by power(distance_of_means, 2) + power(distance_of_levels, 2), school_key
        ) as nearness
    from distances
    where
        distance_of_means <= {{ var('effect_caliper') }}
        and distance_of_levels <= {{ var('effect_caliper') }}

),

shown as (

    select
        own.alert_key,
        placed.school_key,
        true as is_own,
        null::bigint as nearness,
        own.n_weeks_before,
        own.value_before,
        own.last_value_before,
        own.trend_before,
        own.n_weeks_after,
        own.value_after,
        placed.is_settled
    from own
    inner join placed on own.alert_key = placed.alert_key

    union all

    select
        ranked.alert_key,
        ranked.school_key,
        false,
        ranked.nearness,
        ranked.n_weeks_before,
        ranked.value_before,
        ranked.last_value_before,
        ranked.trend_before,
        ranked.n_weeks_after,
        ranked.value_after,
        placed.is_settled
    from ranked
    inner join placed on ranked.alert_key = placed.alert_key
    where ranked.nearness <= {{ var('effect_max_like') }}

),

final as (

    select
        alert_key,
        school_key,
        is_own,
        nearness,
        n_weeks_before,
        trim_scale(round(value_before::numeric, 6)) as value_before,
        trim_scale(round(last_value_before::numeric, 6)) as last_value_before,
        trim_scale(round(trend_before::numeric, 6)) as trend_before,
        n_weeks_after,
        trim_scale(round(value_after::numeric, 6)) as value_after,
        trim_scale(round((value_after - value_before)::numeric, 6)) as change,
        is_settled
    from shown

)

select * from final
