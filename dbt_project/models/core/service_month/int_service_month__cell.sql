{{ config(unlogged=true) }}

-- Grain: one school ('' for requests without one) and one unit in one month that this build counts anew: a request has entered
-- it, left it or changed in it, or the month is not settled, or its register of case managers has changed, or it was never
-- counted. A table, and not a part of service_month, so that the planner knows how few they are.
-- depends_on: {{ ref('int_service_month__touched') }}
{%- set held = left_by_last_build('service_month') %}
{%- set is_a_day = held and execute and flags.WHICH in ('run', 'build') %}
with schools as (

    select school_key from {{ ref('dim_school') }}

    union all

    select ''

),

unit_months as (

    select * from {{ ref('int_service_month__unit_month') }}

),

assignments as (

    select * from {{ ref('case_manager_assignment') }}
    where school_key is not null

),

-- A register that is corrected backwards changes who owned what, so the cell remembers which register it was counted by.
case_managers as (

    select
        unit_id,
        school_key,
        md5(
            string_agg(concat_ws(' ', staff_id, valid_from, active_to), '|' order by staff_id, valid_from, active_to)
        ) as case_managers_digest
    from assignments
    group by 1, 2

),

grid as (

    select
        unit_months.period_start_on,
        unit_months.unit_id,
        schools.school_key,
        unit_months.data_as_of,
        unit_months.settled_at,
        case_managers.case_managers_digest
    from unit_months
    cross join schools
    left join case_managers
        on unit_months.unit_id = case_managers.unit_id and schools.school_key = case_managers.school_key

),

final as (

    select grid.*
    from grid
    {% if is_a_day %}
        left join {{ held }} as held
            on
                grid.period_start_on = held.period_start_on
                and grid.unit_id = held.unit_id
                and grid.school_key = held.school_key
        left join {{ ref('int_service_month__touched') }} as touched
            on
                grid.period_start_on = touched.period_start_on
                and grid.unit_id = touched.unit_id
                and grid.school_key = touched.school_key
                and touched.changed_at > (select coalesce(max(last.changed_at), '-infinity') from {{ held }} as last)
        where
            touched.changed_at is not null
            or held.changed_at is null
            or (grid.settled_at, grid.case_managers_digest) is distinct from (held.settled_at, held.case_managers_digest)
    {% endif %}

)

select * from final
