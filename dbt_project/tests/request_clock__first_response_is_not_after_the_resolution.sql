-- What: a request got its first response after its last resolution.
-- When: always wrong: what comes after the resolution answers nobody who still waited, and is no first response.
-- How: look at the request's public_reply and solved events; a reopening the source did not show moves the resolution back.
select
    request_key,
    first_response_at,
    resolved_at
from {{ ref('request_clock') }}
where first_response_at > resolved_at
