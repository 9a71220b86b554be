-- What counts as done by the system is the district's policy (config.district.accountability_profile):
-- seed_strict: an ILD signs no act of accountability; shared: an ILD may contribute, as long as another office signs too;
-- ild_evaluates: counted as in seed_strict, told as context, never a call to act. D2.11 is measured under each of them.
-- Acts that nobody is named for are unknown, not the system's: they lower the coverage.
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
        acts.is_by_ild is not null as is_known,
        not acts.is_by_ild or (profile.accountability_profile = 'shared' and acts.is_signed_by_other_office) as is_by_system
    from acts
    cross join profile
    inner join years on acts.completed_on >= years.period_start_on and acts.completed_on < years.period_end_on

),

measured as (

    select
        as_of.district_id as scope_id,
        judged.period_start_on,
        count(*) filter (where judged.is_by_system) as numerator,
        count(*) filter (where judged.is_known) as denominator,
        count(*) filter (where judged.is_by_system)::numeric / nullif(count(*) filter (where judged.is_known), 0) as value,
        count(*) filter (where judged.is_known) as n,
        count(*) filter (where judged.is_known)::numeric / count(*) as coverage,
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
