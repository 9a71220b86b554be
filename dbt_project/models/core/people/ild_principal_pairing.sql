-- Grain: one ILD and one principal at one school over one unbroken interval (end exclusive; null while it lasts).
with paired_days as (

    select * from {{ ref('school_day') }}
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

final as (

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

)

select * from final
