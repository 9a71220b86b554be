"""The replayed Zendesk account answers as the vendor's manual and its recorded answers say."""

import base64
import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from schoolward.sample.replay.client import RunningServer, start

CREDENTIALS = {
    "REPLAY_CLIENT_ID": "client",
    "REPLAY_CLIENT_SECRET": "s3cret+/=",
    "REPLAY_USER": "svc@x.example",
    "REPLAY_PASSWORD": "pass word",
}
USER = ("svc@x.example/token", "pass word")
BASE = 1_767_600_000
NOW = datetime.fromtimestamp(BASE + 1000, UTC)
SECONDS = {1: 0, 2: 0, 3: 0, 4: 1, 5: 1, 6: 2, 7: 900, 8: 941}
"""Second of each record's change; the last one is within a minute of the clock."""


def at(second: int) -> str:
    return datetime.fromtimestamp(BASE + second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def write(path: Path, lines: list[dict[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("records")
    ticket = {"status": "open", "subject": "A", "tags": ["a"], "created_at": at(0), "updated_at": at(0)}
    tickets = [{"at": at(s), "record": {"id": n, **ticket}} for n, s in SECONDS.items()]
    tickets.append({"at": at(950), "record": {"id": 6, **ticket, "status": "deleted"}})
    tickets.append({"at": at(1100), "record": {"id": 6}, "deleted": True})
    write(folder / "zendesk/tickets.jsonl.gz", tickets)
    for name in ("organizations", "ticket_metric_events"):
        write(folder / f"zendesk/{name}.jsonl.gz", [{"at": at(s), "record": {"id": n}} for n, s in SECONDS.items()])
    comment = {"id": 1, "type": "Comment", "event_type": "Comment", "public": True, "author_id": 3, "body": "A"}
    audit = {"id": 9, "ticket_id": 1, "created_at": at(0), "child_events": [comment, {"id": 2, "status": "new"}]}
    write(folder / "zendesk/ticket_events.jsonl.gz", [{"at": at(0), "record": audit}])
    many = [{"at": at(0), "record": {"id": n, "name": f"G{n}"}} for n in range(1, 231)]
    write(folder / "zendesk/groups.jsonl.gz", many)
    write(folder / "zendesk/sla_policies.jsonl.gz", many)
    holidays = [{"at": at(0), "record": {"id": n, "schedule_id": n % 2}} for n in range(1, 6)]
    write(folder / "zendesk/holidays.jsonl.gz", holidays)
    with start("zendesk", folder, NOW, CREDENTIALS) as server:
        yield server


@pytest.fixture
def zendesk(running: RunningServer) -> Iterator[RunningServer]:
    running.set_clock(NOW)
    before = requests.get(f"{running.base_url}/_replay/behaviour", timeout=10).json()
    yield running
    running.set_behaviour(**before)


def get(server: RunningServer, path: str, auth: Any = USER, **params: Any) -> requests.Response:
    return requests.get(f"{server.base_url}/api/v2/{path}", params=params, auth=auth, timeout=10)


def ids(answer: requests.Response) -> list[int]:
    return [row["id"] for row in next(iter(answer.json().values()))]


@pytest.mark.parametrize(
    "auth", [None, ("svc@x.example", "pass word"), ("svc@x.example/token", "no"), ("client/token", "s3cret+/=")]
)
def test_without_an_api_token_every_read_is_401(zendesk: RunningServer, auth: Any) -> None:
    answer = get(zendesk, "groups", auth=auth)
    assert (answer.status_code, answer.json()) == (401, {"error": "Couldn't authenticate you"})


@pytest.mark.parametrize("as_json", [True, False])
def test_an_oauth_client_gets_a_token_that_reads(zendesk: RunningServer, as_json: bool) -> None:
    grant = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "s3cret+/=", "scope": "read"}
    how: dict[str, Any] = {"json": grant} if as_json else {"data": grant}
    granted = requests.post(f"{zendesk.base_url}/oauth/tokens", timeout=10, **how).json()
    assert granted["expires_in"] == 7200
    headers = {"Authorization": f"Bearer {granted['access_token']}"}
    assert requests.get(f"{zendesk.base_url}/api/v2/groups.json", headers=headers, timeout=10).status_code == 200


@pytest.mark.parametrize(
    ("change", "status"), [({"client_secret": "no"}, 401), ({"grant_type": "password"}, 400), ({"scope": "write"}, 400)]
)
def test_a_wrong_grant_gets_no_token(zendesk: RunningServer, change: dict[str, str], status: int) -> None:
    grant = {"grant_type": "client_credentials", "client_id": "client", "client_secret": "s3cret+/=", "scope": "read"}
    assert requests.post(f"{zendesk.base_url}/oauth/tokens", json=grant | change, timeout=10).status_code == status


def test_a_cursor_export_gives_each_row_once_and_keeps_its_cursor_at_the_end(zendesk: RunningServer) -> None:
    first = get(zendesk, "incremental/tickets/cursor.json", start_time=0, per_page=4)
    assert (ids(first), first.json()["end_of_stream"]) == ([1, 2, 3, 4], False)
    assert base64.b64decode(first.json()["after_cursor"]).decode() == f"{BASE + 1}.0||4|"
    rest = get(zendesk, "incremental/tickets/cursor", cursor=first.json()["after_cursor"], per_page=4)
    assert (ids(rest), rest.json()["end_of_stream"]) == ([5, 7], True)
    again = get(zendesk, "incremental/tickets/cursor.json", cursor=rest.json()["after_cursor"])
    assert (ids(again), again.json()["after_cursor"]) == ([], rest.json()["after_cursor"])


def test_a_ticket_changed_in_the_last_minute_is_not_shown_at_all_yet(zendesk: RunningServer) -> None:
    assert ids(get(zendesk, "incremental/tickets/cursor.json", start_time=0)) == [1, 2, 3, 4, 5, 7]
    zendesk.set_clock(NOW + timedelta(seconds=1))
    assert ids(get(zendesk, "incremental/tickets/cursor.json", start_time=0))[-2:] == [7, 8]
    zendesk.set_clock(NOW + timedelta(seconds=10))
    assert ids(get(zendesk, "incremental/tickets/cursor.json", start_time=0))[-1] == 6


def test_a_deleted_ticket_is_scrubbed_and_a_purged_one_is_gone(zendesk: RunningServer) -> None:
    zendesk.set_clock(NOW + timedelta(seconds=60))
    [remains] = [
        t for t in get(zendesk, "incremental/tickets/cursor.json", start_time=0).json()["tickets"] if t["id"] == 6
    ]
    assert (remains["status"], remains["subject"], remains["tags"]) == ("deleted", None, [])
    assert remains["generated_timestamp"] == BASE + 950
    zendesk.set_clock(NOW + timedelta(seconds=200))
    assert 6 not in ids(get(zendesk, "incremental/tickets/cursor.json", start_time=0))


@pytest.mark.parametrize(("per_page", "pages"), [
    (1, [[1, 2, 3], [1, 2, 3], [4, 5], [6], [7]]),
    (4, [[1, 2, 3, 4, 5], [4, 5, 6, 7]]),
    (1000, [[1, 2, 3, 4, 5, 6, 7]]),
])  # fmt: skip
def test_a_time_based_export_breaks_between_seconds_and_repeats_the_last_one(
    zendesk: RunningServer, per_page: int, pages: list[list[int]]
) -> None:
    start_time, seen = 0, []
    for _ in range(20):
        answer = get(zendesk, "incremental/organizations.json", start_time=start_time, per_page=per_page).json()
        seen.append([row["id"] for row in answer["organizations"]])
        assert answer["count"] == len(answer["organizations"])
        assert answer["next_page"] is not None
        start_time = answer["end_time"]
        if answer["end_of_stream"]:
            break
    assert seen == pages


def test_an_endpoint_of_the_older_kind_names_the_same_start_for_ever(zendesk: RunningServer) -> None:
    zendesk.set_behaviour(breaks_seconds=True, tells_end_of_stream=False)
    answer = get(zendesk, "incremental/organizations.json", start_time=BASE, per_page=2).json()
    assert answer["end_time"] == BASE
    assert "end_of_stream" not in answer


@pytest.mark.parametrize("path", ["incremental/tickets/cursor.json", "incremental/organizations.json"])
def test_a_start_within_the_last_minute_is_422_and_none_is_400(zendesk: RunningServer, path: str) -> None:
    refused = get(zendesk, path, start_time=BASE + 941)
    assert (refused.status_code, refused.json()["error"]) == (422, "InvalidValue")
    assert get(zendesk, path, start_time=BASE + 940).status_code == 200
    assert get(zendesk, path).status_code == 400


def test_a_cursor_nobody_made_is_422(zendesk: RunningServer) -> None:
    assert get(zendesk, "incremental/tickets/cursor.json", cursor="bm9uc2Vuc2U=").status_code == 422


def test_addresses_point_to_the_accounts_mapped_host(zendesk: RunningServer) -> None:
    zendesk.set_behaviour(mapped_host="help.district.example")
    for path, member in (
        ("incremental/organizations.json", "next_page"),
        ("incremental/tickets/cursor.json", "after_url"),
    ):
        assert get(zendesk, path, start_time=0).json()[member].startswith("https://help.district.example/api/v2/")


def test_lists_by_cursor_have_meta_and_others_numbered_pages(zendesk: RunningServer) -> None:
    first = get(zendesk, "groups", **{"page[size]": 100}).json()
    assert (len(first["groups"]), first["meta"]["has_more"]) == (100, True)
    last = get(zendesk, "groups", **{"page[size]": 100, "page[after]": first["meta"]["after_cursor"]}).json()
    assert last["groups"][0]["id"] == 101
    numbered = get(zendesk, "slas/policies", **{"page[size]": 100}).json()
    assert "meta" not in numbered
    assert (numbered["count"], "page=2" in numbered["next_page"]) == (230, True)
    assert ids(get(zendesk, "slas/policies.json", page=3)) == list(range(201, 231))


def test_numbered_pages_end_at_ten_thousand_rows(zendesk: RunningServer) -> None:
    assert get(zendesk, "slas/policies", page=101, per_page=100).status_code == 400


def test_metric_events_come_as_a_list_or_by_time(zendesk: RunningServer) -> None:
    assert "meta" in get(zendesk, "incremental/ticket_metric_events", start_time=0, **{"page[size]": 2}).json()
    assert "end_time" in get(zendesk, "incremental/ticket_metric_events", start_time=0, per_page=2).json()


def test_holidays_are_those_of_the_schedule(zendesk: RunningServer) -> None:
    assert ids(get(zendesk, "business_hours/schedules/1/holidays")) == [1, 3, 5]


def test_comments_come_with_their_side_load_and_are_hinted_at_without(zendesk: RunningServer) -> None:
    [plain] = get(zendesk, "incremental/ticket_events.json", start_time=0).json()["ticket_events"]
    assert plain["child_events"][0] == {
        "id": 1,
        "event_type": "Comment",
        "comment_present": True,
        "comment_public": True,
    }
    [full] = get(zendesk, "incremental/ticket_events.json", start_time=0, include="comment_events").json()[
        "ticket_events"
    ]
    assert full["child_events"][0]["author_id"] == 3
    assert full["timestamp"] == BASE


def test_the_exports_limit_is_429_in_plain_text_with_a_wait(zendesk: RunningServer) -> None:
    zendesk.set_behaviour(exports_per_minute=2)
    for _ in range(2):
        assert get(zendesk, "incremental/tickets/cursor.json", start_time=0).status_code == 200
    refused = get(zendesk, "incremental/organizations.json", start_time=0)
    assert (refused.status_code, refused.headers["Content-Type"].split(";")[0]) == (429, "text/plain")
    assert 50 <= int(refused.headers["Retry-After"]) <= 60
    assert get(zendesk, "groups").status_code == 200


@pytest.mark.parametrize(("is_old", "prefix"), [(False, "ratelimit"), (True, "rate-limit")])
def test_rate_headers_come_in_either_spelling(zendesk: RunningServer, is_old: bool, prefix: str) -> None:
    zendesk.set_behaviour(has_old_rate_headers=is_old)
    headers = get(zendesk, "groups").headers
    assert {"x-rate-limit", "x-rate-limit-remaining", f"{prefix}-remaining", f"{prefix}-reset"} <= {
        h.lower() for h in headers
    }


def test_errors_are_texts_or_objects(zendesk: RunningServer) -> None:
    assert get(zendesk, "nowhere").json() == {"error": "RecordNotFound", "description": "Not found"}
    zendesk.set_behaviour(forbidden=["groups"], missing=["organizations"])
    forbidden = get(zendesk, "groups")
    assert (forbidden.status_code, forbidden.json()["error"]["title"]) == (403, "Forbidden")
    assert get(zendesk, "incremental/organizations.json", start_time=0).status_code == 404
    zendesk.set_behaviour(errors_as_objects=True)
    assert get(zendesk, "nowhere").json()["error"]["title"] == "RecordNotFound"
