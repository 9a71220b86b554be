{{ config(indexes=[{'columns': ['week_start_on', 'scope_type', 'scope_id'], 'unique': true}]) }}

-- What the weekly page tells, a row for the district, for each network and for each unit. Counts, never a school's name: the
-- schools of the page are its alerts. A network's row says how long ago each of its schools was seen, as a list without names.
with school_weeks as (

    select * from {{ ref('school_underserved_week') }}

),

reasons as (

    select * from {{ ref('school_underserved_reason_week') }}

),

partnership_weeks as (

    select * from {{ ref('partnership_school_week') }}

),

service_weeks as (

    select * from {{ ref('service_school_unit_week') }}

),

limits as (

    select
        week_start_on,
        max(act_threshold) filter (where rule_id = 'partnership_contact_gap') as contact_limit_days,
        max(act_threshold) filter (where rule_id = 'service_promise_kept') as promise_kept_limit
    from reasons
    group by 1

),

units_flagged as (

    select
        week_start_on,
        unit_id,
        count(distinct school_key) as n_schools_underserved
    from reasons
    where is_flagged and unit_id is not null
    group by 1, 2

),

schools as (

    select
        school_weeks.week_start_on,
        school_weeks.school_key,
        coalesce(school_weeks.network_name, 'No network') as network_name,
        school_weeks.is_partnership_underserved,
        school_weeks.is_service_underserved,
        school_weeks.is_compounded,
        case
            when partnership_weeks.status <> 'insufficient_data' then partnership_weeks.instructional_days_since_contact
        end as days_since_contact,
        limits.contact_limit_days,
        limits.promise_kept_limit,
        school_weeks.data_as_of
    from school_weeks
    left join partnership_weeks
        on
            school_weeks.week_start_on = partnership_weeks.week_start_on
            and school_weeks.school_key = partnership_weeks.school_key
    left join limits on school_weeks.week_start_on = limits.week_start_on

),

scoped as (

    select
        *,
        'district' as scope_type,
        'district' as scope_id,
        'The whole district' as scope_name
    from schools

    union all

    select
        *,
        'network',
        network_name,
        network_name
    from schools

),

places as (

    select
        week_start_on,
        scope_type,
        scope_id,
        scope_name,
        count(*) as n_schools,
        count(*) filter (where is_partnership_underserved) as n_partnership_underserved,
        count(*) filter (where is_service_underserved) as n_service_underserved,
        count(*) filter (where is_compounded) as n_compounded,
        count(days_since_contact) as n_contact_judged,
        count(*) filter (where days_since_contact <= contact_limit_days) as n_contact_within_limit,
        coalesce(
            array_agg(days_since_contact order by days_since_contact) filter (where days_since_contact is not null),
            '{}'
        ) as days_since_contact,
        max(contact_limit_days) as contact_limit_days,
        max(promise_kept_limit) as promise_kept_limit,
        max(data_as_of) as data_as_of
    from scoped
    group by 1, 2, 3, 4

),

units as (

    select
        week_start_on,
        unit_id,
        max(unit_name) as unit_name,
        count(*) as n_schools,
        sum(n_promises_kept) as n_promises_kept,
        sum(n_promises_due) as n_promises_due,
        sum(n_open) as n_open,
        sum(n_ageing) as n_ageing,
        max(data_as_of) as data_as_of
    from service_weeks
    group by 1, 2

),

all_units as (

    select
        week_start_on,
        sum(n_promises_kept) as n_promises_kept,
        sum(n_promises_due) as n_promises_due,
        sum(n_open) as n_open,
        sum(n_ageing) as n_ageing
    from units
    group by 1

),

final as (

    select
        places.week_start_on,
        places.scope_type,
        places.scope_id,
        places.scope_name,
        places.n_schools::int as n_schools,
        places.n_partnership_underserved::int as n_partnership_underserved,
        places.n_service_underserved::int as n_service_underserved,
        places.n_compounded::int as n_compounded,
        places.n_contact_judged::int as n_contact_judged,
        places.n_contact_within_limit::int as n_contact_within_limit,
        places.days_since_contact::int[] as days_since_contact,
        places.contact_limit_days,
        places.promise_kept_limit,
        case when places.scope_type = 'district' then all_units.n_promises_kept end::bigint as n_promises_kept,
        case when places.scope_type = 'district' then all_units.n_promises_due end::bigint as n_promises_due,
        case when places.scope_type = 'district' then all_units.n_open end::bigint as n_open,
        case when places.scope_type = 'district' then all_units.n_ageing end::bigint as n_ageing,
        places.data_as_of
    from places
    left join all_units on places.week_start_on = all_units.week_start_on

    union all

    select
        units.week_start_on,
        'unit',
        units.unit_id,
        units.unit_name,
        units.n_schools::int,
        null,
        coalesce(units_flagged.n_schools_underserved, 0)::int,
        null,
        null,
        null,
        null,
        null,
        limits.promise_kept_limit,
        coalesce(units.n_promises_kept, 0)::bigint,
        coalesce(units.n_promises_due, 0)::bigint,
        coalesce(units.n_open, 0)::bigint,
        coalesce(units.n_ageing, 0)::bigint,
        units.data_as_of
    from units
    left join limits on units.week_start_on = limits.week_start_on
    left join units_flagged
        on units.week_start_on = units_flagged.week_start_on and units.unit_id = units_flagged.unit_id

)

select * from final
