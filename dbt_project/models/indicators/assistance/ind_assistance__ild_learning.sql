-- Job-embedded learning only. A quarter is judged when it is over and the register reaches its end: `coverage` is the share of
-- its days the register can know, so a running quarter says "insufficient data" rather than "too few hours yet".
with quarters as (

    select * from {{ ref('ild_period') }}
    where period_type = 'quarter'

),

streams as (

    select max(source_at) as source_at from {{ ref('dim_stream') }}
    where stream_name = 'pd_attendance'

),

first_events as (

    select min(held_on) as first_on from {{ ref('pd_event') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

measured as (

    select
        quarters.ild_staff_id as scope_id,
        quarters.period_start_on,
        quarters.pd_minutes as numerator,
        60 as denominator,
        quarters.pd_minutes / 60.0 as value,
        quarters.n_days_in_post as n,
        {{ share_reached(
            'quarters.period_start_on', 'quarters.period_end_on',
            local_day("least(streams.source_at, quarters.evaluated_at) + interval '7 hours'", 'as_of.timezone')
        ) }} as coverage,
        least(streams.source_at, quarters.evaluated_at) as data_as_of
    from quarters
    cross join streams
    cross join first_events
    cross join as_of
    where streams.source_at is not null and first_events.first_on < quarters.period_end_on

),

final as (

    {{ indicator_rows('D2.1', 'ild') }}

)

select * from final
