with requests as not materialized (

    select * from {{ ref('int_service_request') }}

),

people as (

    select * from {{ ref('int_requester') }}

),

staff as (

    select * from {{ ref('dim_staff') }}

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

gaps as (

    select
        {{ week_of('created_on') }} as week_start_on,
        source_name,
        'school' as gap_kind,
        unattributed_reason as reason
    from requests
    where school_key is null

    union all

    select
        {{ week_of('created_on') }},
        source_name,
        'unit',
        no_unit_reason
    from requests
    where unit_id is null

    union all

    select
        {{ week_of('created_on') }},
        source_name,
        'conflict',
        'weaker evidence points to another school'
    from requests
    where has_conflicting_evidence

    union all

    -- Who asked, as HR knows them: without it no role, no pairing and no case manager can be told for the request.
    select
        {{ week_of('requests.created_on') }},
        requests.source_name,
        'requester',
        case
            when requests.requester_key is null then 'no requester'
            when people.user_key is null then 'requester is unknown to the help desk'
            when people.staff_id is null then 'requester has no HR number'
            else 'HR does not know the number'
        end
    from requests
    left join people on requests.requester_key = people.user_key
    left join staff on people.staff_id = staff.staff_id
    where staff.staff_id is null

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
