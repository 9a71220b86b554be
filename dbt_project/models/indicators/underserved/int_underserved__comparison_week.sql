-- Grain: one open school in one week in which its service was compared with identical requests elsewhere: the finding in words,
-- and the unit that owns it. The owner is the unit that made up most of the difference when the flag last opened, and stays so
-- until it opens again, so that one matter keeps one owner; before that there is none. Every week counts, the running one from
-- its first day on: its look is of the time before it.
with compared as (

    select * from {{ ref('detection_school_week') }}

),

judged as (

    select * from {{ ref('ind_service__compared') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

weeks as (

    select * from {{ ref('dim_week') }}

),

contexts as (

    select * from {{ ref('int_service_week__context') }}

),

worded as (

    select
        compared.*,
        schools.school_name,
        units.unit_name,
        contexts.chief_staff_id,
        judged.status,
        'Requests from ' || schools.school_name || ' take about ' || round(compared.times_as_long::numeric, 1)
        || ' times as long to be ' || case compared.clock when 'response' then 'answered' else 'resolved' end
        || ' as identical requests from other schools' as ratio_text,
        case
            when compared.times_as_long_high is null then 'at least ' || round(compared.times_as_long_low::numeric, 1)
            else
                'between ' || round(compared.times_as_long_low::numeric, 1) || ' and '
                || round(compared.times_as_long_high::numeric, 1) || ' at 95 %'
        end as interval_text
    from compared
    inner join weeks on compared.week_start_on = weeks.week_start_on
    inner join schools
        on
            compared.school_key = schools.school_key
            and coalesce(schools.closed_on, 'infinity'::date) >= weeks.evaluated_before_on
    inner join judged on compared.week_start_on = judged.period_start_on and compared.school_key = judged.scope_id
    left join units on compared.owning_unit_id = units.unit_id
    left join contexts
        on
            compared.week_start_on = contexts.week_start_on
            and compared.school_key = contexts.school_key
            and compared.owning_unit_id = contexts.unit_id

),

final as (

    select
        week_start_on,
        school_key,
        school_name,
        owning_unit_id as unit_id,
        unit_name,
        chief_staff_id,
        true as is_counted_week,
        observed,
        expected,
        q,
        floor(effective_expected)::bigint as n,
        status,
        is_open and status <> 'insufficient_data' as is_flagged,
        case
            when status = 'insufficient_data'
                then 'Too little is known of ' || school_name || ' this week to compare its service with that of other schools.'
            when is_open or status = 'act'
                then ratio_text || ' (' || interval_text || ')' || coalesce(', mostly with ' || slowest_text, '') || ': of '
                    || {{ counted('n_requests', 'request') }} || ' since ' || to_char(window_starts_on, 'FMDD FMMonth YYYY')
                    || ', ' || n_open || ' are still open'
                    || coalesce(', the oldest since ' || to_char(oldest_open_on, 'FMDD FMMonth YYYY'), '')
                    || case
                        when is_open then '.'
                        else
                            '; the flag opens when ' || opens_after_looks || ' of ' || opens_of_looks
                            || ' weekly looks find it.'
                    end
            else ratio_text || ' (' || interval_text || '), no more than chance and ordinary variation explain.'
        end as finding_text,
        data_as_of
    from worded

)

select * from final
