-- Who may sign is the district's policy; see evaluation. Under the profile ild_evaluates the share is told as context: it
-- never calls for action, and D2.11 is measured all the same. Acts that nobody is named for lower the coverage.
with acts as (

    select * from {{ ref('evaluation') }}
    where is_accountability_act and completed_on is not null

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

profile as (

    select accountability_profile from {{ source('config', 'district') }}

),

judged as (

    select
        years.period_start_on,
        years.evaluated_at,
        acts.is_by_system
    from acts
    inner join years on acts.completed_on >= years.period_start_on and acts.completed_on < years.period_end_on

),

measured as (

    select
        as_of.district_id as scope_id,
        judged.period_start_on,
        count(*) filter (where judged.is_by_system) as numerator,
        count(judged.is_by_system) as denominator,
        count(*) filter (where judged.is_by_system)::numeric / nullif(count(judged.is_by_system), 0) as value,
        count(judged.is_by_system) as n,
        count(judged.is_by_system)::numeric / count(*) as coverage,
        least(streams.source_at, judged.evaluated_at) as data_as_of
    from judged
    cross join streams
    cross join as_of
    group by as_of.district_id, judged.period_start_on, judged.evaluated_at, streams.source_at

),

rated as (

    {{ indicator_rows('D2.10', 'district') }}

),

final as (

    select
        rated.indicator_id,
        rated.scope_type,
        rated.scope_id,
        rated.period_start_on,
        rated.numerator,
        rated.denominator,
        rated.value,
        rated.n,
        rated.coverage,
        case
            when profile.accountability_profile = 'ild_evaluates' and rated.status <> 'insufficient_data' then 'ok'
            else rated.status
        end as status,
        rated.data_as_of
    from rated
    cross join profile

)

select * from final
