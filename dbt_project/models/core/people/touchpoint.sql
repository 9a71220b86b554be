{{ config(indexes=[{'columns': ['school_key', 'occurred_on']}, {'columns': ['staff_id', 'occurred_on']}]) }}

-- Grain: one contact that was written down. Substantive: about instructional leadership, at the school or by video, long enough,
-- not cancelled, and by somebody who was an ILD that day (or the school's own). `unit_id` is the service unit of whoever made the
-- contact, null for ILDs.
with touchpoints as (

    select * from {{ ref('stg_csv_drop__touchpoint') }}

),

org_aliases as (

    select distinct on (alias) * from {{ ref('dim_org_alias') }}
    where alias_kind in ('code', 'hr_code') and org_type = 'school'
    order by alias, alias_kind

),

roles as (

    select * from {{ ref('role_assignment') }}
    where role = 'ild'

),

school_days as (

    select * from {{ ref('school_day') }}

),

unit_roles as (

    select * from {{ ref('role_assignment') }}
    where role in ('unit_staff', 'unit_chief', 'case_manager') and unit_id is not null

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

dated as (

    select
        touchpoints.*,
        org_aliases.org_key as school_key,
        {{ local_day('touchpoints.occurred_at', 'as_of.timezone') }} as occurred_on,
        touchpoints.cancelled_at is not null as is_cancelled
    from touchpoints
    cross join as_of
    left join org_aliases on {{ normalised_code('touchpoints.school_id') }} = org_aliases.alias

),

actors as (

    select
        dated.*,
        school_days.ild_staff_id is not null
        or exists (
            select 1 from roles
            where roles.staff_id = dated.staff_id and {{ covers('roles.valid_from', 'roles.valid_to', 'dated.occurred_on') }}
        ) as is_by_ild
    from dated
    left join school_days
        on
            dated.school_key = school_days.school_key
            and dated.occurred_on = school_days.day
            and dated.staff_id = school_days.ild_staff_id

),

placed as (

    select
        actors.*,
        actor_unit.unit_id
    from actors
    left join lateral (
        select min(unit_roles.unit_id) as unit_id
        from unit_roles
        where
            not actors.is_by_ild
            and unit_roles.staff_id = actors.staff_id
            and {{ covers('unit_roles.valid_from', 'unit_roles.valid_to', 'actors.occurred_on') }}
    ) as actor_unit on true

),

final as (

    select
        source_name || ':' || touchpoint_id as touchpoint_key,
        source_name,
        staff_id,
        school_key,
        principal_staff_id,
        unit_id,
        observed_by_staff_id,
        setting,
        focus,
        contact_type,
        practice_tags,
        initiated_by,
        cancel_reason,
        is_planned,
        is_cancelled,
        is_by_ild,
        is_ild_informed,
        coalesce(
            is_by_ild
            and not is_cancelled
            and focus = 'instructional_leadership'
            and setting in ({{ var('substantive_contact_settings') }})
            and minutes >= {{ var('substantive_contact_minutes') }},
            false
        ) as is_substantive,
        -- A contact with a principal about instructional leadership, however short; an ILD's desk work on it is none.
        coalesce(
            is_by_ild
            and not is_cancelled
            and focus = 'instructional_leadership'
            and (school_key is not null or setting = 'group'),
            false
        ) as is_il_contact,
        coalesce(cardinality(practice_tags), 0) > 0 as is_tagged,
        coalesce(practice_tags && array[{{ var('teaching_practices') }}], false) as has_teaching_practice,
        coalesce(practice_tags && array[{{ var('evaluation_practices') }}], false) as has_evaluation_tag,
        minutes,
        occurred_at,
        occurred_on,
        cancelled_at,
        recorded_at,
        next_step_due_on,
        next_step_reviewed_on,
        _load_id
    from placed

)

select * from final
