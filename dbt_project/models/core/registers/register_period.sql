{{ config(indexes=[{'columns': ['stream_name', 'period_type', 'period_start_on'], 'unique': true}]) }}

-- Grain: one register in one period it can tell something of, and how much: `coverage` is the share of the period's days so far
-- that the register reaches, `coverage_of_whole` the share of all its days. Counts that grow through a period are judged by the
-- second, or every quarter would begin with an alarm; shares by the first.
with reach as (

    select * from {{ ref('register_reach') }}

),

periods as (

    select * from {{ ref('dim_period') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

known as (

    select
        reach.stream_name,
        reach.source_at,
        periods.*,
        greatest(
            least(periods.evaluated_before_on, reach.known_before_on) - greatest(periods.period_start_on, reach.known_from_on),
            0
        )::numeric as n_known_days
    from reach
    inner join periods on reach.known_from_on < periods.evaluated_before_on

),

final as (

    select
        known.stream_name,
        as_of.district_id,
        known.period_type,
        known.period_start_on,
        known.period_end_on,
        known.evaluated_before_on,
        known.is_complete,
        round(known.n_known_days / nullif(known.evaluated_before_on - known.period_start_on, 0), 4) as coverage,
        round(known.n_known_days / (known.period_end_on - known.period_start_on), 4) as coverage_of_whole,
        least(known.evaluated_at, known.source_at) as data_as_of
    from known
    cross join as_of

)

select * from final
