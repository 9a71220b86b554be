with quarters as (

    {{ register_periods(['communication'], 'quarter') }}

),

conversations as (

    select * from {{ ref('communication_audience') }}
    where is_two_way and audience in ({{ var('conversation_audiences') }})

),

held as (

    select
        quarters.period_start_on,
        count(distinct conversations.communication_key) as n_conversations,
        count(distinct conversations.audience) as n_audiences,
        cardinality(array[{{ var('conversation_audiences') }}]) as n_audiences_due
    from quarters
    left join conversations
        on conversations.sent_on >= quarters.period_start_on and conversations.sent_on < quarters.evaluated_before_on
    group by 1

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        held.n_audiences as numerator,
        held.n_audiences_due as denominator,
        held.n_audiences::numeric / held.n_audiences_due as value,
        held.n_conversations as n,
        quarters.coverage_of_whole as coverage,
        quarters.data_as_of
    from quarters
    inner join held on quarters.period_start_on = held.period_start_on

),

final as (

    {{ indicator_rows('R4.3', 'district') }}

)

select * from final
