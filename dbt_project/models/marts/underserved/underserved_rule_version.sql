-- The rules behind flags and questions, as each version of the theory of action has them: what alerts are opened by.
with rules as (

    select * from {{ ref('dim_underserved_rule') }}

),

final as (

    select
        rule_id,
        version_id,
        valid_from,
        valid_to,
        flag_kind,
        indicator_id,
        is_in_force,
        owner_role,
        informed_role,
        opens_after_weeks,
        opens_of_weeks,
        closes_after_weeks,
        days_to_answer,
        promise_text
    from rules

)

select * from final
