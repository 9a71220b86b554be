"""The replayed OneRoster provider answers as the specification and its strict implementations do."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from schoolward.sample.replay.client import RunningServer

ROOT = "/ims/oneroster/rostering/v1p2"
SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/{}.readonly"
ALL_SCOPES = " ".join(SCOPE.format(s) for s in ("roster-core", "roster", "roster-demographics"))
CLIENT = ("client", "s3cret+/=")


def token(server: RunningServer, scope: str = ALL_SCOPES, auth: Any = CLIENT, **form: str) -> requests.Response:
    body = {"grant_type": "client_credentials", "scope": scope, **form}
    return requests.post(f"{server.base_url}/oauth2/token", data=body, auth=auth, timeout=10)


def get(server: RunningServer, path: str, scope: str = ALL_SCOPES, **params: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {token(server, scope).json()['access_token']}"}
    return requests.get(f"{server.base_url}{ROOT}/{path}", params=params, headers=headers, timeout=10)


def minor(answer: requests.Response) -> str:
    value: str = answer.json()["imsx_CodeMinor"]["imsx_codeMinorField"][0]["imsx_codeMinorFieldValue"]
    return value


def test_tokens_are_given_for_basic_credentials_also_form_encoded_ones(oneroster: RunningServer) -> None:
    granted = token(oneroster).json()
    assert granted["token_type"] == "bearer"
    assert granted["scope"] == ALL_SCOPES
    assert token(oneroster, auth=("client", "s3cret%2B%2F%3D")).status_code == 200


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"auth": ("client", "no")}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "everything"}, 400, "invalid_scope"),
    ],
)
def test_what_the_token_endpoint_refuses_it_refuses_by_name(
    oneroster: RunningServer, change: dict[str, Any], status: int, error: str
) -> None:
    answer = token(oneroster, **change)
    assert (answer.status_code, answer.json()) == (status, {"error": error})


def test_scopes_are_enforced_per_resource(oneroster: RunningServer) -> None:
    core = SCOPE.format("roster-core")
    assert get(oneroster, "orgs", core).status_code == 200
    for path in ("demographics", "schools/s001/enrollments"):
        answer = get(oneroster, path, core)
        assert (answer.status_code, minor(answer)) == (403, "forbidden")


def test_no_token_or_an_expired_one_is_401(oneroster: RunningServer) -> None:
    bare = requests.get(f"{oneroster.base_url}{ROOT}/orgs", timeout=10)
    assert (bare.status_code, minor(bare)) == (401, "unauthorisedrequest")
    oneroster.set_behaviour(token_seconds=0)
    assert get(oneroster, "orgs").status_code == 401


@pytest.mark.parametrize(
    ("path", "wrapper", "n"),
    [
        ("orgs", "orgs", 100),
        ("schools", "orgs", 100),
        ("students", "users", 1),
        ("terms", "academicSessions", 0),
        ("demographics", "demographics", 1),
    ],
)
def test_pages_hold_100_rows_by_default_under_the_wrapper_that_is_not_the_endpoint(
    oneroster: RunningServer, path: str, wrapper: str, n: int
) -> None:
    assert {key: len(rows) for key, rows in get(oneroster, path).json().items()} == {wrapper: n}


def test_a_greater_limit_is_cut_silently_and_the_total_tells_the_truth(oneroster: RunningServer) -> None:
    oneroster.set_behaviour(max_limit=60)
    seen: list[str] = []
    while rows := (answer := get(oneroster, "schools", limit=5000, offset=len(seen), sort="sourcedId")).json()["orgs"]:
        assert answer.headers["X-Total-Count"] == "150"
        seen += [row["sourcedId"] for row in rows]
    assert seen == [f"s{n:03}" for n in range(150)]


@pytest.mark.parametrize("limit", ["0", "-1", "abc", "1e3"])
def test_a_limit_that_is_no_count_is_400(oneroster: RunningServer, limit: str) -> None:
    answer = get(oneroster, "orgs", limit=limit)
    assert (answer.status_code, minor(answer)) == (400, "invaliddata")


def test_links_keep_filter_and_limit(oneroster: RunningServer) -> None:
    answer = get(oneroster, "orgs", limit=40, sort="sourcedId", filter="type='school'")
    headers = {"Authorization": f"Bearer {token(oneroster).json()['access_token']}"}
    following = requests.get(answer.links["next"]["url"], headers=headers, timeout=10)
    assert [row["sourcedId"] for row in following.json()["orgs"]] == [f"s{n:03}" for n in range(40, 80)]
    oneroster.set_behaviour(sends_links=False, sends_total_count=False)
    bare = get(oneroster, "orgs")
    assert not {"Link", "X-Total-Count"} & set(bare.headers)


def test_rows_without_a_sort_come_in_another_order_each_time(oneroster: RunningServer) -> None:
    first, second = (get(oneroster, "orgs").json()["orgs"] for _ in range(2))
    assert first != second


def test_changes_and_deletions_show_in_a_filter_on_the_last_change(oneroster: RunningServer) -> None:
    changed = {"filter": "dateLastModified>'2026-01-31'", "sort": "sourcedId"}
    assert get(oneroster, "orgs", **changed).json() == {"orgs": []}
    oneroster.set_clock(datetime(2026, 2, 10, tzinfo=UTC))
    [row] = get(oneroster, "orgs", **changed).json()["orgs"]
    assert (row["sourcedId"], row["status"]) == ("s000", "tobedeleted")


def test_wrong_filters_and_fields_are_400_with_their_codes(oneroster: RunningServer) -> None:
    assert minor(get(oneroster, "orgs", filter="nope='1'")) == "invalid_filter_field"
    assert minor(get(oneroster, "orgs", filter="name=1")) == "invalid_filter_field"
    assert minor(get(oneroster, "orgs", fields="name,nope")) == "invalid_selection_field"
    [row] = get(oneroster, "orgs", fields="sourcedId,name", filter="sourcedId='s003'").json()["orgs"]
    assert row == {"sourcedId": "s003", "name": "School 3"}


def test_single_records_and_nested_collections_are_there_and_unknown_ones_are_404(oneroster: RunningServer) -> None:
    assert get(oneroster, "orgs/s003").json()["org"]["name"] == "School 3"
    assert [e["sourcedId"] for e in get(oneroster, "schools/s001/enrollments").json()["enrollments"]] == ["e1"]
    for path in ("orgs/none", "nonsense", "schools/none/enrollments", "schools/d"):
        answer = get(oneroster, path)
        assert (answer.status_code, minor(answer)) == (404, "unknownobject")


def test_the_gateway_gives_up_on_great_limits_where_it_is_said_to(oneroster: RunningServer) -> None:
    oneroster.set_behaviour(has_gateway_timeouts=True)
    assert get(oneroster, "orgs", limit=1001).status_code == 504
    assert get(oneroster, "orgs", limit=1000).status_code == 200


def test_enabled_user_is_a_text_or_a_boolean(oneroster: RunningServer) -> None:
    assert get(oneroster, "users/principal").json()["user"]["enabledUser"] == "true"
    oneroster.set_behaviour(has_boolean_enabled_user=True)
    assert get(oneroster, "users/principal").json()["user"]["enabledUser"] is True
