-- A version alone is 0 or 1, so each shows the changes of the twelve months up to and with its own.
with changes as (

    select versions.*
    from {{ ref('toa_version') }} as versions
    cross join {{ ref('dim_as_of') }} as as_of
    where
        versions.valid_from <= as_of.as_of_on
        and versions.previous_version_id is not null
        and versions.known_to <> 'district_file'

),

reach as (

    select * from {{ ref('register_reach') }}
    where stream_name = 'toa_version'

),

measured as (

    select
        changes.version_id as scope_id,
        changes.valid_from as period_start_on,
        count(*) filter (where earlier.has_reason) as numerator,
        count(*) as denominator,
        count(*) filter (where earlier.has_reason)::numeric / count(*) as value,
        count(*) as n,
        null::numeric as coverage,
        max(reach.source_at) as data_as_of
    from changes
    cross join reach
    inner join changes as earlier
        on earlier.valid_from <= changes.valid_from and earlier.valid_from > changes.valid_from - interval '1 year'
    group by 1, 2

),

final as (

    {{ indicator_rows('D4.3', 'toa_version') }}

)

select * from final
