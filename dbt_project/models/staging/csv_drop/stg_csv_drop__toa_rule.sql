-- Grain: one rule in one version of the theory of action that says something of it.
with rules as (

    select * from {{ source('raw_csv_drop', 'toa_rule') }}
    where _is_current and not _is_deleted

),

final as (

    select
        version_id,
        rule_id,
        _source as source_name,
        is_in_force,
        owner_role,
        informed_role,
        opens_after_weeks,
        opens_of_weeks,
        closes_after_weeks,
        days_to_answer,
        promise_text,
        _load_id
    from rules

)

select * from final
