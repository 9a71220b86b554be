{{ config(indexes=[{'columns': ['week_start_on', 'is_flagged']}, {'columns': ['school_key']}]) }}

-- Persistence looks at the last three weeks that count (see dim_week); a week that does not count carries the state it met.
with rule_weeks as (

    select * from {{ ref('int_underserved__rule_week') }}

),

schools as (

    select * from {{ ref('dim_school') }}

),

units as (

    select * from {{ ref('dim_service_unit') }}

),

current_roles as (

    select roles.*
    from {{ ref('role_assignment') }} as roles
    cross join {{ ref('dim_as_of') }} as as_of
    where {{ covers('roles.valid_from', 'roles.valid_to', 'as_of.as_of_on') }}

),

chiefs as (

    select distinct on (unit_id)
        unit_id,
        staff_id
    from current_roles
    where role = 'unit_chief' and unit_id is not null
    order by unit_id, valid_from desc nulls last, staff_id

),

partnership_weeks as (

    select * from {{ ref('partnership_week') }}

),

-- The ILD's own supervisor; for an unpaired school, and as last resort, the one person who supervises ILDs, if it is one.
ild_supervisors as (

    select distinct on (staff_id)
        staff_id as ild_staff_id,
        supervisor_staff_id
    from {{ ref('role_assignment') }}
    where role = 'ild' and supervisor_staff_id is not null
    order by staff_id, valid_from desc nulls last

),

only_supervisor as (

    select case when count(distinct staff_id) = 1 then min(staff_id) end as staff_id
    from current_roles
    where role = 'ild_supervisor'

),

numbered as (

    select
        *,
        count(*) filter (where is_counted_week) over rule_history as counted_week_no,
        count(*) filter (where is_counted_week and not is_breached) over rule_history as streak_no
    from rule_weeks
    window rule_history as (partition by rule_id, school_key, unit_id order by week_start_on)

),

persistent as (

    select
        *,
        sum((is_counted_week and is_breached)::int) over (
            partition by rule_id, school_key, unit_id order by counted_week_no range between 2 preceding and current row
        ) as n_breached_of_last_3_weeks,
        min(week_start_on) filter (where is_breached) over (
            partition by rule_id, school_key, unit_id, streak_no
        ) as streak_started_on
    from numbered

),

final as (

    select
        persistent.week_start_on,
        persistent.school_key,
        schools.school_name,
        persistent.rule_id,
        persistent.flag_kind,
        persistent.unit_id,
        units.unit_name,
        persistent.indicator_id,
        persistent.value,
        persistent.act_threshold,
        persistent.n,
        persistent.status,
        persistent.is_breached,
        persistent.n_breached_of_last_3_weeks::int as n_breached_of_last_3_weeks,
        case
            when persistent.status = 'insufficient_data' then false
            when persistent.is_immediate then persistent.is_breached
            else persistent.n_breached_of_last_3_weeks >= 2
        end as is_flagged,
        persistent.owner_role,
        case persistent.owner_role
            when 'unit_chief' then coalesce(units.chief_staff_id, chiefs.staff_id)
            else coalesce(ild_supervisors.supervisor_staff_id, only_supervisor.staff_id)
        end as owner_staff_id,
        persistent.informed_role,
        case
            when persistent.status = 'insufficient_data'
                then 'Too little is known of ' || schools.school_name || ' this week to judge '
                    || case persistent.flag_kind
                        when 'partnership' then 'the partnership with its principal.'
                        else 'the service of ' || units.unit_name || '.'
                    end
            when persistent.rule_id = 'partnership_contact_gap'
                then schools.school_name || ' has gone ' || {{ counted('persistent.value', 'school day') }}
                    || ' without a substantive contact on instructional leadership; the limit is '
                    || trunc(persistent.act_threshold)::text || '.'
            when persistent.rule_id = 'partnership_cadence'
                then schools.school_name || ' was within two weeks of a substantive contact on '
                    || trunc(persistent.numerator)::text || ' of ' || {{ counted('persistent.denominator', 'school day') }}
                    || ' this term; the promise is ' || {{ share_in_words('persistent.act_threshold') }} || '.'
            when persistent.rule_id = 'partnership_unpaired'
                then schools.school_name || ' had no instructional leadership director in post on '
                    || trunc(persistent.numerator)::text || ' of the last '
                    || {{ counted('persistent.denominator', 'school day') }}
                    || '; the limit is ' || trunc(persistent.act_threshold)::text || '.'
            when persistent.rule_id = 'service_promise_kept'
                then units.unit_name || ' kept ' || trunc(persistent.numerator)::text || ' of '
                    || {{ counted('persistent.denominator', 'promise') }} || ' to ' || schools.school_name || ' in the last '
                    || case persistent.n_window_weeks when 4 then 'four' else 'eight' end || ' weeks; the promise is '
                    || {{ share_in_words('persistent.act_threshold') }} || '.'
            when persistent.rule_id = 'service_ageing'
                then units.unit_name || ' has ' || {{ counted('persistent.value', 'request') }} || ' from '
                    || schools.school_name || ' open for more than twice the promised time; the limit is '
                    || trunc(persistent.act_threshold)::text || '.'
            when persistent.rule_id = 'service_urgent_overdue'
                then units.unit_name || ' has ' || {{ counted('persistent.value', 'urgent request') }} || ' from '
                    || schools.school_name || ' open past the promise; the limit is none.'
            when persistent.rule_id = 'service_no_case_manager'
                then units.unit_name || ' has had no case manager for ' || schools.school_name || ' for '
                    || {{ counted('persistent.value', 'working day') }} || '; the limit is '
                    || trunc(persistent.act_threshold)::text || '.'
        end || case
            when
                persistent.status <> 'insufficient_data' and not persistent.is_immediate and not persistent.is_breached
                and persistent.n_breached_of_last_3_weeks >= 2
                then ' This week is within it; two of the last three were not.'
            else ''
        end as reason_text,
        case when persistent.is_breached then persistent.streak_started_on end as since_on,
        persistent.data_as_of
    from persistent
    cross join only_supervisor
    inner join schools on persistent.school_key = schools.school_key
    left join units on persistent.unit_id = units.unit_id
    left join chiefs on persistent.unit_id = chiefs.unit_id
    left join partnership_weeks
        on
            persistent.school_key = partnership_weeks.school_key
            and persistent.week_start_on = partnership_weeks.week_start_on
    left join ild_supervisors on partnership_weeks.ild_staff_id = ild_supervisors.ild_staff_id

)

select * from final
