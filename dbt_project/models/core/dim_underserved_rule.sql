-- Grain: one rule while one version of the theory of action was in force: what that version says of it (register toa_rule), and
-- the seed's defaults where it says nothing. Before the first version the defaults alone hold.
with defaults as (

    select * from {{ ref('underserved_rules') }}

),

-- Should two sources keep the register, the first by name speaks.
registered as (

    select distinct on (version_id, rule_id) *
    from {{ ref('stg_csv_drop__toa_rule') }}
    order by version_id, rule_id, source_name

),

periods as (

    {{ theory_of_action_periods() }}

),

final as (

    select
        defaults.rule_id,
        periods.version_id,
        periods.valid_from,
        periods.valid_to,
        defaults.flag_kind,
        defaults.indicator_id,
        coalesce(registered.is_in_force, true) as is_in_force,
        coalesce(registered.owner_role, defaults.owner_role) as owner_role,
        coalesce(registered.informed_role, defaults.informed_role) as informed_role,
        coalesce(registered.opens_after_weeks, defaults.opens_after_weeks)::int as opens_after_weeks,
        coalesce(registered.opens_of_weeks, defaults.opens_of_weeks)::int as opens_of_weeks,
        coalesce(registered.closes_after_weeks, defaults.closes_after_weeks)::int as closes_after_weeks,
        coalesce(registered.days_to_answer, defaults.days_to_answer)::int as days_to_answer,
        registered.promise_text
    from defaults
    cross join periods
    left join registered
        on defaults.rule_id = registered.rule_id and periods.version_id = registered.version_id

)

select * from final
