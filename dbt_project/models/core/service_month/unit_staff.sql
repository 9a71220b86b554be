-- Grain: one stay of one person in a service unit: its staff, its case managers and its chief alike ("people throughout"). HR's
-- assignments speak first; the position roster only for people HR gives no assignment in any unit. No share told is full time.
with roles as (

    select * from {{ ref('role_assignment') }}
    where unit_id is not null and role in ('unit_staff', 'case_manager', 'unit_chief')

),

ranked as (

    select
        *,
        rank() over (partition by staff_id order by case origin when 'hr_assignment' then 1 else 2 end) as origin_rank
    from roles

),

final as (

    select
        assignment_key,
        unit_id,
        staff_id,
        role,
        coalesce(fte, 1) as fte,
        valid_from,
        valid_to,
        _load_id
    from ranked
    where origin_rank = 1

)

select * from final
