-- Acts whose due day is over, by the school year they were due in, whoever signs them.
with acts as (

    select * from {{ ref('evaluation') }}
    where is_due

),

years as (

    select * from {{ ref('dim_period') }}
    where period_type = 'year'

),

streams as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'evaluation'

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

measured as (

    select
        as_of.district_id as scope_id,
        years.period_start_on,
        count(*) filter (where acts.is_on_time) as numerator,
        count(*) as denominator,
        count(*) filter (where acts.is_on_time)::numeric / count(*) as value,
        count(*) as n,
        null::numeric as coverage,
        least(streams.source_at, years.evaluated_at) as data_as_of
    from acts
    cross join streams
    cross join as_of
    inner join years on acts.due_on >= years.period_start_on and acts.due_on < years.period_end_on
    group by as_of.district_id, years.period_start_on, years.evaluated_at, streams.source_at

),

final as (

    {{ indicator_rows('D2.12', 'district') }}

)

select * from final
