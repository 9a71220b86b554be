-- Grain: one person who passed the selection and readiness steps of one role, and the first day they had.
with final as (

    select
        staff_id,
        lower(btrim(role)) as role,
        min(completed_on) as completed_on
    from {{ ref('stg_csv_drop__role_readiness') }}
    where completed_on is not null
    group by 1, 2

)

select * from final
