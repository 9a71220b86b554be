-- What: a request waited longer for its requester than it has existed.
-- When: always wrong: overlapping pauses, or one that outlives the request.
-- How: read the request's rows in request_pause; they may neither overlap nor pass measured_until_at.
select
    request_key,
    requester_wait_calendar_minutes,
    created_at,
    measured_until_at
from {{ ref('request_clock') }}
where requester_wait_calendar_minutes * 60 > extract(epoch from measured_until_at - created_at) + 1
