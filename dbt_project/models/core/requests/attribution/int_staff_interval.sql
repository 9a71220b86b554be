{{ config(indexes=[{'columns': ['staff_id', 'valid_from']}]) }}

-- Grain: one person over an interval in which nothing changed: the weightiest role held, and the school worked at. Intervals of a
-- person do not overlap. Somebody who works at two schools tells nothing about which of them asked: then the school is null.
with roles as (

    select
        staff_id,
        case role when 'unit_chief' then 'unit_staff' else role end as role,
        case role
            when 'principal' then 1
            when 'acting_principal' then 2
            when 'ild' then 3
            when 'ild_supervisor' then 4
            else 5
        end as weight,
        null as school_key,
        coalesce(valid_from, '-infinity'::date) as valid_from,
        coalesce(valid_to, 'infinity'::date) as valid_to
    from {{ ref('role_assignment') }}
    where role in ('principal', 'acting_principal', 'ild', 'ild_supervisor', 'unit_chief', 'unit_staff')

),

stays as (

    select
        staff_id,
        'school_staff' as role,
        6 as weight,
        school_key,
        coalesce(valid_from, '-infinity'::date) as valid_from,
        coalesce(valid_to, 'infinity'::date) as valid_to
    from {{ ref('int_staff_school_interval') }}

),

known as (

    select * from roles
    where valid_from < valid_to
    union all
    select * from stays
    where valid_from < valid_to

),

changes as (

    select
        staff_id,
        valid_from as changes_on
    from known

    union

    select
        staff_id,
        valid_to
    from known

),

intervals as (

    select
        staff_id,
        changes_on as valid_from,
        lead(changes_on) over (partition by staff_id order by changes_on) as valid_to
    from changes

),

final as (

    select
        intervals.staff_id,
        intervals.valid_from,
        intervals.valid_to,
        (array_agg(known.role order by known.weight))[1] as role,
        case when count(distinct known.school_key) = 1 then min(known.school_key) end as school_key
    from intervals
    inner join known
        on
            intervals.staff_id = known.staff_id
            and known.valid_from <= intervals.valid_from
            and known.valid_to >= intervals.valid_to
    where intervals.valid_to is not null
    group by 1, 2, 3

)

select * from final
