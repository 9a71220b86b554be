{#- Who holds a school: the open schools and their primary case managers in each unit, when a week was judged. Reads the CTEs
    `weeks` (of dim_week), `assignments` (primary ones, of case_manager_assignment) and `schools` (of dim_school). -#}
{% macro schools_held() -%}
    select distinct
        weeks.week_start_on,
        weeks.evaluated_at,
        assignments.staff_id,
        assignments.unit_id,
        assignments.school_key,
        schools.school_name
    from weeks
    inner join assignments
        on
            coalesce(assignments.valid_from, '-infinity') < weeks.evaluated_before_on
            and coalesce(assignments.active_to, 'infinity') >= weeks.evaluated_before_on
    inner join schools
        on
            assignments.school_key = schools.school_key
            and coalesce(schools.closed_on, 'infinity'::date) >= weeks.evaluated_before_on
{%- endmacro %}


{#- The weeks for which a case manager's queue is shown request by request: the last ones. -#}
{% macro queue_weeks() -%}
    select * from {{ ref('dim_week') }}
    where
        week_start_on > (
            select max(told.week_start_on) - 7 * {{ var('case_manager_weeks') }}
            from {{ ref('dim_week') }} as told
        )
{%- endmacro %}
