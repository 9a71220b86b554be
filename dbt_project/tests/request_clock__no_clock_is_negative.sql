-- What: a clock or a wait has a negative duration.
-- When: always wrong: an event before its request, or a pause counted twice.
-- How: read the request's rows in request_event and request_pause by time.
select
    request_key,
    first_response_business_minutes,
    resolution_business_minutes,
    requester_wait_business_minutes,
    waiting_so_far_business_minutes
from {{ ref('request_clock') }}
where
    least(
        first_response_business_minutes, first_response_calendar_minutes,
        resolution_business_minutes, resolution_calendar_minutes,
        requester_wait_business_minutes, requester_wait_calendar_minutes,
        waiting_so_far_business_minutes, waiting_so_far_calendar_minutes
    ) < 0
