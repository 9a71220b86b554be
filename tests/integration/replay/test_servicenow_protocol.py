"""The replayed ServiceNow instance answers as the vendor's manual says."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from schoolward.sample.replay.client import RunningServer

USER = ("svc", "pass word")
ALL = 25


def get(
    server: RunningServer, path: str = "/api/now/table/incident", auth: Any = USER, **params: Any
) -> requests.Response:
    return requests.get(server.base_url + path, params=params, auth=auth, timeout=10)


def numbers(answer: requests.Response) -> list[str]:
    return [row["number"] for row in answer.json()["result"]]


def token(server: RunningServer, **form: str) -> requests.Response:
    client = {"client_id": "client", "client_secret": "s3cret+/="}
    return requests.post(f"{server.base_url}/oauth_token.do", data={**client, **form}, timeout=10)


def bearer(server: RunningServer, access_token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {access_token}"}
    return requests.get(f"{server.base_url}/api/now/table/incident", headers=headers, timeout=10)


@pytest.mark.parametrize("auth", [None, ("svc", "wrong"), ("client", "s3cret+/=")])
def test_without_the_right_user_every_read_is_401_in_the_envelope(servicenow: RunningServer, auth: Any) -> None:
    answer = get(servicenow, auth=auth)
    assert answer.status_code == 401
    assert answer.json()["error"]["message"] == "User Not Authenticated"


@pytest.mark.parametrize(
    "form",
    [{"grant_type": "client_credentials"}, {"grant_type": "password", "username": "svc", "password": "pass word"}],
)
def test_tokens_are_given_for_both_grants_and_a_refresh_renews_them(
    servicenow: RunningServer, form: dict[str, str]
) -> None:
    granted = token(servicenow, **form).json()
    assert granted["token_type"] == "Bearer"
    assert granted["expires_in"] == 1799
    assert bearer(servicenow, granted["access_token"]).status_code == 200
    renewed = token(servicenow, grant_type="refresh_token", refresh_token=granted["refresh_token"]).json()
    assert bearer(servicenow, renewed["access_token"]).status_code == 200
    assert bearer(servicenow, granted["refresh_token"]).status_code == 401


def test_wrong_client_secrets_and_passwords_get_no_token(servicenow: RunningServer) -> None:
    assert token(servicenow, grant_type="client_credentials", client_secret="no").status_code == 401
    assert token(servicenow, grant_type="password", username="svc", password="no").status_code == 401
    assert token(servicenow, grant_type="magic").status_code == 400


def test_a_token_expires(servicenow: RunningServer) -> None:
    servicenow.set_behaviour(token_seconds=0)
    granted = token(servicenow, grant_type="client_credentials").json()
    assert bearer(servicenow, granted["access_token"]).status_code == 401


def test_keyset_paging_gives_every_row_once_and_the_count_tells_what_is_left(servicenow: RunningServer) -> None:
    order = "^ORDERBYsys_updated_on^ORDERBYsys_id"
    query = "sys_updated_on>=2026-01-01 00:00:00"
    seen: list[str] = []
    told = []
    while rows := (answer := get(servicenow, sysparm_query=query + order, sysparm_limit=10)).json()["result"]:
        told.append(int(answer.headers["X-Total-Count"]))
        seen += [row["number"] for row in rows]
        on, key = rows[-1]["sys_updated_on"], rows[-1]["sys_id"]
        base = "sys_updated_on>=2026-01-01 00:00:00"
        query = f"{base}^sys_updated_on>{on}^NQ{base}^sys_updated_on={on}^sys_id>{key}"
    assert seen == [f"INC{n:07}" for n in range(ALL)]
    assert told == [25, 15, 5]


def test_a_misspelt_condition_is_ignored_and_gives_the_whole_table(servicenow: RunningServer) -> None:
    answer = get(servicenow, sysparm_query="sys_updatd_on>2100-01-01 00:00:00")
    assert answer.headers["X-Total-Count"] == str(ALL)
    servicenow.set_behaviour(invalid_query_returns_no_rows=True)
    assert get(servicenow, sysparm_query="sys_updatd_on>2100-01-01 00:00:00").json() == {"result": []}


def test_references_are_objects_with_a_link_and_empty_ones_are_empty_texts(servicenow: RunningServer) -> None:
    [odd] = get(servicenow, sysparm_query="number=INC0000001", sysparm_fields="caller_id,nope").json()["result"]
    assert odd == {
        "caller_id": {"link": f"{servicenow.base_url}/api/now/table/sys_user/{900:032x}", "value": f"{900:032x}"}
    }
    [even] = get(servicenow, sysparm_query="number=INC0000002", sysparm_fields="caller_id").json()["result"]
    assert even == {"caller_id": ""}
    [plain] = get(
        servicenow, sysparm_query="number=INC0000001", sysparm_fields="caller_id", sysparm_exclude_reference_link="true"
    ).json()["result"]
    assert plain == {"caller_id": f"{900:032x}"}


def test_display_values_are_labels_and_names(servicenow: RunningServer) -> None:
    asked = {"sysparm_query": "number=INC0000001", "sysparm_fields": "state,caller_id,caller_id.email"}
    [labels] = get(servicenow, **asked, sysparm_display_value="true", sysparm_exclude_reference_link="true").json()[
        "result"
    ]
    assert labels == {"state": "New", "caller_id": "svc", "caller_id.email": "a@b.example"}
    [both] = get(servicenow, **asked, sysparm_display_value="all").json()["result"]
    assert both["state"] == {"display_value": "New", "value": "1"}
    assert both["caller_id"]["display_value"] == "svc"


def test_every_value_is_a_text_and_a_field_of_the_dictionary_without_a_value_is_empty(
    servicenow: RunningServer,
) -> None:
    [row] = get(servicenow, sysparm_limit=1, sysparm_query="ORDERBYnumber").json()["result"]
    assert row["hold_reason"] == ""
    assert row["u_custom"] == "x"
    assert all(isinstance(value, str) for field, value in row.items() if field != "caller_id")


def test_links_lead_through_the_pages_and_can_be_suppressed(servicenow: RunningServer) -> None:
    asked = {"sysparm_query": "ORDERBYnumber", "sysparm_fields": "number", "sysparm_limit": "10"}
    answer = get(servicenow, **asked)
    following = requests.get(answer.links["next"]["url"], auth=USER, timeout=10)
    assert numbers(following) == [f"INC{n:07}" for n in range(10, 20)]
    assert numbers(requests.get(answer.links["last"]["url"], auth=USER, timeout=10)) == [
        f"INC{n:07}" for n in range(20, 25)
    ]
    bare = get(servicenow, **asked, sysparm_suppress_pagination_header="true", sysparm_no_count="true")
    assert "Link" not in bare.headers
    assert "X-Total-Count" not in bare.headers


def test_rows_without_an_order_come_in_another_one_each_time(servicenow: RunningServer) -> None:
    first, second = numbers(get(servicenow)), numbers(get(servicenow))
    assert first != second
    assert sorted(first) == sorted(second)


def test_row_rules_hide_rows_behind_the_limit_so_that_pages_are_short_though_counted(servicenow: RunningServer) -> None:
    servicenow.set_behaviour(hide_every=2)
    answer = get(servicenow, sysparm_query="ORDERBYsys_id", sysparm_limit=ALL)
    assert answer.headers["X-Total-Count"] == str(ALL)
    assert 0 < len(numbers(answer)) < ALL


def test_a_forbidden_table_is_403_and_an_unknown_one_400(servicenow: RunningServer) -> None:
    servicenow.set_behaviour(forbidden_tables=["sys_audit"])
    assert get(servicenow, "/api/now/table/sys_audit").status_code == 403
    answer = get(servicenow, "/api/now/table/nonsense")
    assert answer.status_code == 400
    assert answer.json() == {"error": {"message": "Invalid table nonsense", "detail": None}, "status": "failure"}


def test_version_1_says_404_where_no_row_matches_and_version_2_an_empty_list(servicenow: RunningServer) -> None:
    assert get(servicenow, "/api/now/v1/table/incident", sysparm_query="number=none").status_code == 404
    assert get(servicenow, "/api/now/v2/table/incident", sysparm_query="number=none").json() == {"result": []}


def test_single_records_and_counts_can_be_asked_for(servicenow: RunningServer) -> None:
    assert get(servicenow, f"/api/now/table/incident/{3:032x}").json()["result"]["number"] == "INC0000003"
    assert get(servicenow, f"/api/now/table/incident/{99:032x}").status_code == 404
    stats = get(servicenow, "/api/now/stats/incident", sysparm_count="true", sysparm_query="priority=1").json()
    assert stats == {"result": {"stats": {"count": "7"}}}


def test_above_the_rate_limit_answers_are_429_with_when_to_come_back(servicenow: RunningServer) -> None:
    servicenow.set_behaviour(requests_per_hour=2)
    kept = [get(servicenow, sysparm_limit=1) for _ in range(3)]
    assert [answer.status_code for answer in kept] == [200, 200, 429]
    assert kept[0].headers["X-RateLimit-Limit"] == "2"
    assert 0 < int(kept[2].headers["Retry-After"]) <= 3600
    assert kept[2].json()["error"]["message"] == "Rate limit exceeded"


def test_a_page_too_large_is_cancelled_in_its_middle_with_status_200(servicenow: RunningServer) -> None:
    servicenow.set_behaviour(cancel_above_limit=10)
    answer = get(servicenow)
    assert answer.status_code == 200
    assert len(answer.json()["result"]) == 12
    assert "Transaction cancelled" in answer.json()["error"]["message"]
    assert "error" not in get(servicenow, sysparm_limit=10).json()


def test_the_clock_shows_what_had_happened_by_then_and_every_answer_tells_it(servicenow: RunningServer) -> None:
    query = "state=2^ORDERBYnumber"
    before = get(servicenow, sysparm_query=query)
    assert before.headers["Date"] == "Sat, 10 Jan 2026 00:00:00 GMT"
    assert numbers(before) == []
    servicenow.set_clock(datetime(2026, 2, 10, tzinfo=UTC))
    after = get(servicenow, sysparm_query=query)
    assert after.headers["Date"] == "Tue, 10 Feb 2026 00:00:00 GMT"
    assert numbers(after) == [f"INC{n:07}" for n in range(5)]
    assert int(get(servicenow).headers["X-Total-Count"]) == ALL - 1
    servicenow.set_clock(datetime(2026, 1, 10, tzinfo=UTC))
    assert numbers(get(servicenow, sysparm_query=query)) == []


def test_deletions_are_told_by_the_audit_of_deletions(servicenow: RunningServer) -> None:
    path, query = "/api/now/table/sys_audit_delete", "tablename=incident"
    assert get(servicenow, path, sysparm_query=query).json()["result"] == []
    servicenow.set_clock(datetime(2026, 2, 10, tzinfo=UTC))
    [row] = get(servicenow, path, sysparm_query=query).json()["result"]
    assert (row["documentkey"], row["sys_created_on"]) == (f"{24:032x}", "2026-02-05 00:00:00")
