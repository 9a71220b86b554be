with requests as (

    select * from {{ ref('service_request') }}

),

weeks as (

    select
        {{ week_of('created_on') }} as week_start_on,
        count(*) as n_requests_of_week,
        max(source_at) as data_as_of
    from requests
    group by 1

),

gaps as (

    select
        {{ week_of('created_on') }} as week_start_on,
        'school' as gap_kind,
        unattributed_reason as reason
    from requests
    where school_key is null

    union all

    select
        {{ week_of('created_on') }},
        'unit',
        no_unit_reason
    from requests
    where unit_id is null

),

final as (

    select
        weeks.week_start_on,
        gaps.gap_kind,
        gaps.reason,
        count(*)::bigint as n_requests,
        weeks.n_requests_of_week::bigint as n_requests_of_week,
        count(*)::numeric / weeks.n_requests_of_week as gap_share,
        weeks.data_as_of
    from gaps
    inner join weeks on gaps.week_start_on = weeks.week_start_on
    group by weeks.week_start_on, gaps.gap_kind, gaps.reason, weeks.n_requests_of_week, weeks.data_as_of

)

select * from final
