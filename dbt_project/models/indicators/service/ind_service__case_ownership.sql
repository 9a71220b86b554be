-- A unit whose desk has never named a follower is taken not to record them: whether a case manager stood by is then unknown, and
-- the coverage is nought.
with service_months as (

    select
        *,
        sum(n_resolved_with_followers) over (partition by unit_id) > 0 as has_known_followers
    from {{ ref('service_month') }}

),

measured as (

    select
        school_key || '/' || unit_id as scope_id,
        period_start_on,
        n_owned_by_case_manager as numerator,
        n_with_case_manager as denominator,
        n_owned_by_case_manager::numeric / nullif(n_with_case_manager, 0) as value,
        n_with_case_manager as n,
        case when has_known_followers then n_with_case_manager::numeric / nullif(n_resolved, 0) else 0 end as coverage,
        data_as_of
    from service_months
    where school_key <> '' and case_managers_digest is not null

),

final as (

    {{ indicator_rows('D3.13', 'school_unit') }}

)

select * from final
