with quarters as (

    {{ register_periods(['communication'], 'quarter') }}

),

messages as (

    select * from {{ ref('communication') }}

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        count(*) filter (where messages.is_answered) as numerator,
        count(messages.communication_key) as denominator,
        count(*) filter (where messages.is_answered)::numeric / nullif(count(messages.communication_key), 0) as value,
        count(messages.communication_key) as n,
        quarters.coverage,
        quarters.data_as_of
    from quarters
    left join messages
        on messages.sent_on >= quarters.period_start_on and messages.sent_on < quarters.evaluated_before_on
    group by quarters.district_id, quarters.period_start_on, quarters.coverage, quarters.data_as_of

),

final as (

    {{ indicator_rows('D4.6', 'district') }}

)

select * from final
