-- Alerts that closed in the quarter and whose days of grace are over. Nobody writes down a cause yet: acted on, and it held, is
-- what can be told.
with outcomes as (

    select * from {{ ref('alert_outcome') }}
    where has_held is not null

),

quarters as (

    select * from {{ ref('dim_period') }}
    where period_type = 'quarter'

),

measured as (

    select
        outcomes.rule_id as scope_id,
        quarters.period_start_on,
        count(*) filter (where outcomes.is_acted_on and outcomes.has_held) as numerator,
        count(*) as denominator,
        count(*) filter (where outcomes.is_acted_on and outcomes.has_held)::numeric / count(*) as value,
        count(*) as n,
        null::numeric as coverage,
        max(quarters.evaluated_at) as data_as_of
    from outcomes
    inner join quarters
        on outcomes.closed_on >= quarters.period_start_on and outcomes.closed_on < quarters.period_end_on
    group by 1, 2

),

final as (

    {{ indicator_rows('D5.6', 'rule') }}

)

select * from final
