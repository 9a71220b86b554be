-- Grain: one case manager of one school in one unit, over an interval. The primary one is the school's person in the unit; a
-- backup stands in and is named beside the primary whose interval it overlaps (the newest, where there are several).
-- `active_to` is the end that counts: the register's, or the day HR says the person left, whichever comes first.
with assignments as (

    select * from {{ ref('stg_csv_drop__case_manager') }}

),

org_aliases as (

    select distinct on (alias) * from {{ ref('dim_org_alias') }}
    where alias_kind in ('code', 'hr_code') and org_type = 'school'
    order by alias, alias_kind

),

employment as (

    select
        staff_id,
        case when bool_or(valid_to is null) then null else max(valid_to) end as left_on
    from {{ ref('int_hr_assignment_interval') }}
    group by 1

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

placed as (

    select
        assignments.source_name || ':' || assignments.assignment_id as assignment_key,
        assignments.source_name,
        org_aliases.org_key as school_key,
        assignments.unit_id,
        assignments.staff_id,
        assignments.is_primary,
        assignments.valid_from,
        least(
            assignments.valid_to,
            {{ local_day('assignments.removed_at', 'as_of.timezone') }}
        ) as valid_to,
        assignments._load_id
    from assignments
    cross join as_of
    left join org_aliases on {{ normalised_code('assignments.school_id') }} = org_aliases.alias

),

final as (

    select
        placed.assignment_key,
        placed.source_name,
        placed.school_key,
        placed.unit_id,
        placed.staff_id,
        backup.staff_id as backup_staff_id,
        placed.is_primary,
        placed.valid_from,
        placed.valid_to,
        least(placed.valid_to, employment.left_on) as active_to,
        placed._load_id
    from placed
    left join employment on placed.staff_id = employment.staff_id
    left join lateral (
        select backups.staff_id
        from placed as backups
        where
            placed.is_primary
            and not backups.is_primary
            and placed.school_key = backups.school_key
            and placed.unit_id = backups.unit_id
            and coalesce(backups.valid_from, '-infinity') < coalesce(placed.valid_to, 'infinity')
            and coalesce(placed.valid_from, '-infinity') < coalesce(backups.valid_to, 'infinity')
        order by backups.valid_from desc nulls last, backups.assignment_key
        limit 1
    ) as backup on true

)

select * from final
