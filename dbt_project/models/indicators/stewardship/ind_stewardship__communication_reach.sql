with quarters as (

    {{ register_periods(['communication'], 'quarter') }}

),

messages as (

    select * from {{ ref('communication_audience') }}
    where audience in ({{ var('communication_audiences') }})

),

reached as (

    select
        quarters.period_start_on,
        count(distinct messages.audience) as n_reached,
        cardinality(array[{{ var('communication_audiences') }}]) as n_audiences
    from quarters
    left join messages
        on messages.sent_on >= quarters.period_start_on and messages.sent_on < quarters.evaluated_before_on
    group by 1

),

measured as (

    select
        quarters.district_id as scope_id,
        quarters.period_start_on,
        reached.n_reached as numerator,
        reached.n_audiences as denominator,
        reached.n_reached::numeric / reached.n_audiences as value,
        reached.n_audiences as n,
        quarters.coverage_of_whole as coverage,
        quarters.data_as_of
    from quarters
    inner join reached on quarters.period_start_on = reached.period_start_on

),

final as (

    {{ indicator_rows('D4.4', 'district') }}

)

select * from final
