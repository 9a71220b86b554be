"""Every kind of fault strikes where, when and as often as it was told to."""

from typing import Any

import pytest
import requests

from schoolward.errors import SchoolwardError
from schoolward.sample.replay.client import RunningServer
from schoolward.sample.replay.faults import KINDS

PAGE = {"sysparm_query": "ORDERBYsys_id", "sysparm_limit": "10", "sysparm_fields": "sys_id,number,state"}


def get(server: RunningServer, **params: str) -> requests.Response:
    address = f"{server.base_url}/api/now/table/incident"
    return requests.get(address, params={**PAGE, **params}, auth=("svc", "pass word"), timeout=10)


def strike(server: RunningServer, kind: str, **details: Any) -> requests.Response:
    server.set_faults({"kind": kind, "path": "/table/incident", **details})
    answer = get(server)
    assert server.faults()[0]["struck"] == 1
    return answer


@pytest.mark.parametrize(
    ("fault", "status", "retry_after"),
    [
        ({"kind": "unauthorized"}, 401, None),
        ({"kind": "forbidden"}, 403, None),
        ({"kind": "rate_limited", "seconds": 7}, 429, "7"),
        ({"kind": "rate_limited"}, 429, None),
        ({"kind": "error"}, 500, None),
        ({"kind": "error", "status": 503, "seconds": 2}, 503, "2"),
    ],
)
def test_refusals_come_in_the_vendors_envelope(
    servicenow: RunningServer, fault: dict[str, Any], status: int, retry_after: str | None
) -> None:
    answer = strike(servicenow, **fault)
    assert answer.status_code == status
    assert answer.headers.get("Retry-After") == retry_after
    assert answer.json()["status"] == "failure"
    assert get(servicenow).status_code == 200


def test_unauthorized_voids_every_token(servicenow: RunningServer) -> None:
    form = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "s3cret+/="}
    granted = requests.post(f"{servicenow.base_url}/oauth_token.do", data=form, timeout=10).json()["access_token"]
    strike(servicenow, "unauthorized")
    servicenow.set_faults()
    headers = {"Authorization": f"Bearer {granted}"}
    assert requests.get(f"{servicenow.base_url}/api/now/table/incident", headers=headers, timeout=10).status_code == 401


def test_a_truncated_body_is_no_json_though_its_length_agrees(servicenow: RunningServer) -> None:
    answer = strike(servicenow, "truncated")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    with pytest.raises(requests.JSONDecodeError):
        answer.json()


def test_a_cut_connection_ends_in_the_middle_of_the_body(servicenow: RunningServer) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        strike(servicenow, "cut")


def test_a_cancelled_answer_has_some_rows_and_an_error_behind_them(servicenow: RunningServer) -> None:
    body = strike(servicenow, "cancelled").json()
    assert list(body) == ["result", "error", "status"]
    assert len(body["result"]) == 5


def test_a_page_that_is_no_json_says_200_all_the_same(servicenow: RunningServer) -> None:
    answer = strike(servicenow, "not_json")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")


def test_rows_can_be_malformed_missing_or_changed_in_their_fields(servicenow: RunningServer) -> None:
    good = get(servicenow).json()["result"]
    malformed = strike(servicenow, "malformed_record", field="state", value="never", row=3).json()["result"]
    assert [n for n, row in enumerate(malformed) if row != good[n]] == [3]
    missing = strike(servicenow, "missing_row", row=0)
    assert missing.json()["result"] == good[1:]
    assert missing.headers["X-Total-Count"] == "25"
    assert all("number" not in row for row in strike(servicenow, "vanished_field", field="number").json()["result"])
    assert all(
        row["u_new"] == "x" for row in strike(servicenow, "new_field", field="u_new", value="x").json()["result"]
    )


def test_a_repeated_page_is_the_one_before(servicenow: RunningServer) -> None:
    first = get(servicenow).json()
    servicenow.set_faults({"kind": "repeated_page"})
    assert get(servicenow, sysparm_offset="10").json() == first


def test_a_shrinking_count_tells_less_than_there_is(servicenow: RunningServer) -> None:
    assert strike(servicenow, "shrinking_count", n=3).headers["X-Total-Count"] == "22"


def test_a_slow_answer_takes_its_time(servicenow: RunningServer) -> None:
    assert strike(servicenow, "slow", seconds=0.4).elapsed.total_seconds() >= 0.4


def test_a_fault_lets_the_first_through_strikes_its_times_and_then_rests(servicenow: RunningServer) -> None:
    servicenow.set_faults({"kind": "error", "path": "/table/incident", "after": 1, "times": 2})
    assert [get(servicenow).status_code for _ in range(5)] == [200, 500, 500, 200, 200]


def test_a_fault_with_another_path_does_not_strike(servicenow: RunningServer) -> None:
    servicenow.set_faults({"kind": "error", "path": "/table/sys_user", "times": None})
    assert get(servicenow).status_code == 200


@pytest.mark.parametrize("fault", [{"kind": "nonsense"}, {"kind": "slow", "speed": 1}, {"kind": "slow", "path": "("}])
def test_what_is_no_fault_is_refused_with_a_sentence(servicenow: RunningServer, fault: dict[str, Any]) -> None:
    with pytest.raises(SchoolwardError, match="These are no faults"):
        servicenow.set_faults(fault)


def test_the_documentation_tells_every_kind() -> None:
    from schoolward.sample.replay import faults

    assert faults.__doc__ is not None
    assert [kind for kind in KINDS if f"\n{kind} " not in faults.__doc__] == []
