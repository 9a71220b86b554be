with versions as (

    select versions.*
    from {{ ref('toa_version') }} as versions
    cross join {{ ref('dim_as_of') }} as as_of
    where versions.valid_from <= as_of.as_of_on

),

hypotheses as (

    select * from {{ ref('toa_hypothesis') }}

),

reach as (

    select * from {{ ref('register_reach') }}
    where stream_name = 'toa_hypothesis'

),

measured as (

    select
        versions.version_id as scope_id,
        versions.valid_from as period_start_on,
        count(*) filter (where hypotheses.has_indicator and hypotheses.has_owner) as numerator,
        count(hypotheses.hypothesis_key) as denominator,
        count(*) filter (where hypotheses.has_indicator and hypotheses.has_owner)::numeric
        / nullif(count(hypotheses.hypothesis_key), 0) as value,
        count(hypotheses.hypothesis_key) as n,
        null::numeric as coverage,
        max(reach.source_at) as data_as_of
    from versions
    cross join reach
    left join hypotheses on versions.version_id = hypotheses.version_id
    group by 1, 2

),

final as (

    {{ indicator_rows('D4.2', 'toa_version') }}

)

select * from final
