-- Grain: one kind of gap for one reason in one week and help desk. Gaps are kept request by request (request_attribution_gap);
-- only how many requests a week had is counted over all of them, from an index.
with requests as not materialized (

    select * from {{ ref('int_service_request') }}

),

gaps as (

    select * from {{ ref('request_attribution_gap') }}

),

source_clocks as (

    select * from {{ ref('int_helpdesk_clock') }}

),

as_of as (

    select * from {{ ref('dim_as_of') }}

),

weeks as (

    select
        {{ week_of('created_on') }} as week_start_on,
        source_name,
        count(*) as n_requests_of_week
    from requests
    group by 1, 2

),

final as (

    select
        weeks.week_start_on,
        weeks.source_name,
        gaps.gap_kind,
        gaps.reason,
        count(*)::bigint as n_requests,
        weeks.n_requests_of_week::bigint as n_requests_of_week,
        count(*)::numeric / weeks.n_requests_of_week as gap_share,
        coalesce(source_clocks.source_at, as_of.as_of_at) as data_as_of
    from gaps
    cross join as_of
    inner join weeks on gaps.week_start_on = weeks.week_start_on and gaps.source_name = weeks.source_name
    left join source_clocks on gaps.source_name = source_clocks.source_name
    group by
        weeks.week_start_on, weeks.source_name, gaps.gap_kind, gaps.reason, weeks.n_requests_of_week, source_clocks.source_at,
        as_of.as_of_at

)

select * from final
