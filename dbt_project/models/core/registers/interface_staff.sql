-- Grain: one stay of one person as an ILD or a case manager: those through whom the central office meets its schools. HR's
-- assignments speak first; the position roster only for people HR gives no such assignment. No share told is full time.
with roles as (

    select * from {{ ref('role_assignment') }}
    where role in ('ild', 'case_manager')

),

ranked as (

    select
        *,
        rank() over (partition by staff_id, role order by case origin when 'hr_assignment' then 1 else 2 end) as origin_rank
    from roles

),

final as (

    select
        assignment_key,
        role,
        case when role = 'case_manager' then unit_id end as unit_id,
        staff_id,
        coalesce(fte, 1)::numeric as fte,
        valid_from,
        valid_to,
        _load_id
    from ranked
    where origin_rank = 1

)

select * from final
