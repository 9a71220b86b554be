-- Grain: one ILD and one principal at one school over one unbroken interval (end exclusive; null while it lasts).
-- `reason_for_change` says what ended it: school_closed, both_changed, ild_changed, ild_left (nobody follows yet),
-- principal_changed, principal_left, confirmed (who acted now holds the post, or the other way round), resumed (the same two,
-- found by another rule). Null while it lasts.
-- Known gap: what held when the data begin is taken to have begun that day.
with school_days as (

    select * from {{ ref('school_day') }}

),

paired_days as (

    select * from school_days
    where ild_staff_id is not null and principal_staff_id is not null

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

islands as (

    select
        *,
        day - row_number() over (
            partition by school_key, ild_staff_id, principal_staff_id, principal_role, pairing_method order by day
        )::int as island
    from paired_days

),

intervals as (

    select
        islands.school_key || ':' || min(islands.day) as pairing_key,
        islands.school_key,
        islands.ild_staff_id,
        islands.principal_staff_id,
        islands.pairing_method,
        islands.principal_role = 'acting_principal' as is_acting,
        min(islands.day) as valid_from,
        nullif(max(islands.day) + 1, max(as_of.as_of_on) + 1) as valid_to
    from islands
    cross join as_of
    group by
        islands.school_key, islands.ild_staff_id, islands.principal_staff_id, islands.principal_role,
        islands.pairing_method, islands.island

),

final as (

    select
        intervals.pairing_key,
        intervals.school_key,
        intervals.ild_staff_id,
        intervals.principal_staff_id,
        intervals.pairing_method,
        intervals.is_acting,
        case
            when intervals.valid_to is null then null
            when next_day.school_key is null then 'school_closed'
            when
                (next_day.ild_staff_id is distinct from intervals.ild_staff_id)
                and (next_day.principal_staff_id is distinct from intervals.principal_staff_id)
                then 'both_changed'
            when next_day.ild_staff_id is null then 'ild_left'
            when next_day.ild_staff_id <> intervals.ild_staff_id then 'ild_changed'
            when next_day.principal_staff_id is null then 'principal_left'
            when next_day.principal_staff_id <> intervals.principal_staff_id then 'principal_changed'
            when (next_day.principal_role = 'acting_principal') <> intervals.is_acting then 'confirmed'
            else 'resumed'
        end as reason_for_change,
        intervals.valid_from,
        intervals.valid_to
    from intervals
    left join school_days as next_day on intervals.school_key = next_day.school_key and intervals.valid_to = next_day.day

)

select * from final
