with months as (

    {{ register_periods(['decision', 'decision_evidence'], 'month') }}

),

decisions as (

    select * from {{ ref('decision') }}

),

measured as (

    select
        months.district_id as scope_id,
        months.period_start_on,
        count(*) filter (where decisions.has_evidence) as numerator,
        count(decisions.decision_key) as denominator,
        count(*) filter (where decisions.has_evidence)::numeric / nullif(count(decisions.decision_key), 0) as value,
        count(decisions.decision_key) as n,
        months.coverage,
        months.data_as_of
    from months
    left join decisions
        on decisions.made_on >= months.period_start_on and decisions.made_on < months.evaluated_before_on
    group by months.district_id, months.period_start_on, months.coverage, months.data_as_of

),

final as (

    {{ indicator_rows('D5.3', 'district') }}

)

select * from final
