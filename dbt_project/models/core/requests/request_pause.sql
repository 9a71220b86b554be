{{ config(indexes=[{'columns': ['request_key']}]) }}

-- Grain: one stretch in which a request waited for its requester, cut at the as-of moment; on the clock of the owning unit too.
with waits as (

    select * from {{ ref('int_servicenow__state_change') }}
    where is_requester_wait

),

requests as (

    select * from {{ ref('service_request') }}

),

bounded as (

    select
        waits.request_key,
        requests.unit_id,
        greatest(waits.occurred_at, requests.created_at) as starts_at,
        least(coalesce(waits.ends_at, requests.source_at), requests.source_at) as ends_at
    from waits
    inner join requests on waits.request_key = requests.request_key

),

final as (

    select
        request_key,
        row_number() over (partition by request_key order by starts_at) as pause_no,
        'requester_wait' as kind,
        starts_at,
        ends_at,
        {{ business_seconds_at('bounded.unit_id', 'bounded.starts_at') }} as starts_business_seconds,
        {{ business_seconds_at('bounded.unit_id', 'bounded.ends_at') }} as ends_business_seconds
    from bounded
    where starts_at < ends_at

)

select * from final
