-- The difference in differences of one school against m like ones: its change less their mean change, and as interval t(m - 1)
-- x s x sqrt(1 + 1/m), with s the standard deviation of their changes. It says where one more school that nobody acted for may
-- lie (Donald & Lang 2007, Rev Econ Stat 89:221; the like as the measure of chance: Conley & Taber 2011, same journal 93:113).
with windows as (

    select * from {{ ref('int_action_effect__window') }}

),

compared as (

    select * from {{ ref('int_action_effect__school') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

like_changes as (

    select
        own.alert_key,
        count(*) as n,
        avg(others.value_before) as value_before,
        avg(others.value_after) as value_after,
        avg(others.trend_before) as trend_before,
        avg(others.change) as change,
        stddev_samp(others.change) as spread,
        count(*) filter (where others.change <= own.change) as n_fell_as_much,
        count(*) filter (where others.change >= own.change) as n_rose_as_much
    from compared as own
    inner join compared as others on own.alert_key = others.alert_key and not others.is_own
    where own.is_own
    group by 1

),

joined as (

    select
        windows.*,
        indicators.indicator_name,
        indicators.direction,
        schools.school_name,
        units.unit_name,
        coalesce(own.n_weeks_before, 0) as n_weeks_before,
        own.value_before,
        own.trend_before,
        coalesce(own.n_weeks_after, 0) as n_weeks_after,
        own.value_after,
        own.change,
        coalesce(like_changes.n, 0) as n_like,
        like_changes.value_before as like_value_before,
        like_changes.value_after as like_value_after,
        like_changes.trend_before as like_trend_before,
        like_changes.change as like_change,
        case indicators.direction
            when 'higher' then like_changes.n_rose_as_much
            else like_changes.n_fell_as_much
        end as n_like_better_as_much,
        case
            when
                windows.is_over
                and own.n_weeks_before >= {{ var('effect_min_weeks') }}
                and own.n_weeks_after >= {{ var('effect_min_weeks') }}
                and like_changes.n >= {{ var('effect_min_like') }}
                and like_changes.spread > 0
                then own.change - like_changes.change
        end as difference,
        {{ student_t_975('like_changes.n - 1') }}
        * like_changes.spread * sqrt(1 + 1.0 / like_changes.n) as half_width,
        case
            when not windows.is_over then 'time'
            when
                coalesce(own.n_weeks_before, 0) < {{ var('effect_min_weeks') }}
                or coalesce(own.n_weeks_after, 0) < {{ var('effect_min_weeks') }}
                then 'weeks'
            when windows.school_key is null then 'schools_without_action'
            when coalesce(like_changes.n, 0) < {{ var('effect_min_like') }} then 'like_schools'
            when coalesce(like_changes.spread, 0) = 0 then 'spread'
        end as lacks,
        least(
            as_of.as_of_at,
            (windows.after_to_on + 7 * {{ var('effect_settles_weeks') }})::timestamp at time zone as_of.timezone
        ) as data_as_of
    from windows
    cross join as_of
    inner join indicators on windows.indicator_id = indicators.indicator_id
    left join schools on windows.school_key = schools.school_key
    left join units on windows.unit_id = units.unit_id
    left join compared as own on windows.alert_key = own.alert_key and own.is_own
    left join like_changes on windows.alert_key = like_changes.alert_key

),

judged as (

    select
        *,
        difference - half_width as difference_low,
        difference + half_width as difference_high,
        case
            when difference is null then 'insufficient_data'
            when
                (direction = 'higher' and difference - half_width > 0)
                or (direction <> 'higher' and difference + half_width < 0)
                then 'better'
            when
                (direction = 'higher' and difference + half_width < 0)
                or (direction <> 'higher' and difference - half_width > 0)
                then 'worse'
            else 'unclear'
        end as status,
        coalesce(school_name, 'All schools') || coalesce(', ' || unit_name, '') as whose_text,
        to_char(answered_on, 'FMDD FMMonth YYYY') as answered_text,
        (after_from_on - answered_week_on) / 7 as first_week_after,
        (after_to_on - answered_week_on) / 7 - 1 as last_week_after
    from joined

),

worded as (

    select
        *,
        whose_text || ': "' || indicator_name || '" averaged ' || {{ plain_number('value_before') }}
        || ' in the {{ var("effect_weeks") }} weeks before somebody '
        || case answer when 'act' then 'acted' else 'took it on' end || ' on ' || answered_text || ' and '
        || {{ plain_number('value_after') }} || ' in weeks ' || first_week_after || ' to ' || last_week_after
        || ' after' as own_text,
        case
            when (direction = 'higher' and trend_before > 0) or (direction <> 'higher' and trend_before < 0)
                then ' It was already getting better before, by ' || {{ plain_number('abs(trend_before)') }} || ' a week.'
            else ''
        end as trend_text
    from judged

),

final as (

    select
        alert_key,
        rule_id,
        indicator_id,
        indicator_name,
        direction,
        school_key,
        school_name,
        unit_id,
        unit_name,
        answer,
        answered_on,
        before_from_on,
        after_from_on,
        after_to_on,
        n_weeks_before::int as n_weeks_before,
        n_weeks_after::int as n_weeks_after,
        value_before::numeric(14, 4) as value_before,
        value_after::numeric(14, 4) as value_after,
        change::numeric(14, 4) as change,
        trend_before::numeric(14, 4) as trend_before,
        n_like::int as n_like,
        like_value_before::numeric(14, 4) as like_value_before,
        like_value_after::numeric(14, 4) as like_value_after,
        like_change::numeric(14, 4) as like_change,
        like_trend_before::numeric(14, 4) as like_trend_before,
        case when difference is not null then n_like_better_as_much end::int as n_like_better_as_much,
        difference::numeric(14, 4) as difference,
        difference_low::numeric(14, 4) as difference_low,
        difference_high::numeric(14, 4) as difference_high,
        status,
        lacks,
        is_settled,
        case
            when lacks = 'time'
                then whose_text || ': somebody ' || case answer when 'act' then 'acted' else 'took it on' end || ' on '
                    || answered_text || '; the weeks to compare with are over on ' || to_char(after_to_on, 'FMDD FMMonth YYYY')
                    || '.'
            when lacks = 'weeks'
                then whose_text || ': too few weeks around ' || answered_text || ' have enough data ('
                    || n_weeks_before || ' before, ' || n_weeks_after
                    || ' after; at least {{ var("effect_min_weeks") }} each are needed).'
            when lacks = 'schools_without_action'
                then own_text || '. It was done for all schools at once, so there is none to compare with: whether they would'
                    || ' have changed by themselves cannot be said.'
            when lacks = 'like_schools'
                then own_text || '. Only ' || n_like || ' schools were about as badly off without anybody acting, and at least'
                    || ' {{ var("effect_min_like") }} are needed: whether it would have changed by itself cannot be said.'
            when lacks = 'spread'
                then own_text || '. The ' || n_like || ' schools about as badly off all changed alike, so there is no measure of'
                    || ' chance.'
            else
                own_text || '. At ' || n_like || ' schools about as badly off for which nobody acted it went from '
                || {{ plain_number('like_value_before') }} || ' to ' || {{ plain_number('like_value_after') }}
                || ', and ' || n_like_better_as_much || ' of them got better by as much.'
                || ' The difference of ' || {{ plain_number('difference') }} || ' (95 % interval '
                || {{ plain_number('difference_low') }} || ' to ' || {{ plain_number('difference_high') }} || ') is '
                || case status
                    when 'better' then 'consistent with the action having helped'
                    when 'worse' then 'consistent with the action not having helped, or with something else having made it worse'
                    else 'consistent with no effect as well as with one of either sign within the interval'
                end || '; it does not show a cause.' || trend_text
        end as effect_text,
        data_as_of
    from worded

)

select * from final
