-- What: the source has requests that the core model, its clocks or the backlog and resolutions of the weeks lack, or the reverse.
-- When: always wrong. Inner joins lose requests whose requester, group or place is unknown; those are the ones to hear of.
-- How: find the first layer whose count differs and the join that narrows it.
with counts as (

    select
        (select count(*) from {{ ref('stg_servicenow__incident') }})
        + (select count(*) from {{ ref('stg_zendesk__ticket') }}) as n_in_source,
        (select count(*) from {{ ref('service_request') }}) as n_requests,
        (select count(*) from {{ ref('request_clock') }}) as n_clocks,
        (select count(*) from {{ ref('request_event') }} where event_type = 'created') as n_created_events
)

select *
from counts
where n_in_source <> n_requests or n_requests <> n_clocks or n_clocks <> n_created_events
