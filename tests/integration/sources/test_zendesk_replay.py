"""Zendesk's module against the replay server, over real HTTP: everything comes, whatever the account's ways, nothing undeclared does."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.sources.conftest import CREDENTIALS
from tests.integration.sources.zendesk_account import N_TICKETS, OPTIONS, ROWS, WORDS, write, write_account

from schoolward.errors import AccessRefusedError, SignInRefusedError, SourceError
from schoolward.sample.replay.client import RunningServer, start
from schoolward.sources.base import Pull, stream_named
from schoolward.sources.zendesk import STREAMS

FIRST = datetime(2026, 1, 5, 9, tzinfo=UTC)
NAMES = [s.name for s in STREAMS]
EXPORTS = ["tickets", "users", "organizations", "ticket_events", "ticket_metric_events"]
DEFAULTS: dict[str, Any] = {
    "token_seconds": 7200, "exports_per_minute": None, "limit_window_seconds": 60, "forbidden": [], "missing": [], "mapped_host": None,
    "tells_end_of_stream": True, "breaks_seconds": False, "lists_by_cursor": ["groups", "ticket_metric_events"],
    "has_old_rate_headers": False, "refused_cursors": False, "errors_as_objects": False,
}  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("records")
    write_account(folder / "zendesk")
    with start("zendesk", folder, FIRST, CREDENTIALS) as server:
        yield server


@pytest.fixture
def server(running: RunningServer) -> RunningServer:
    running.set_faults()
    running.set_clock(FIRST)
    running.set_behaviour(**DEFAULTS)
    return running


@pytest.fixture
def account(server: RunningServer, configured: Callable[..., Any]) -> Callable[..., Any]:
    """Makes the source of the account."""

    def make(extra: dict[str, Any] | None = None, **options: Any) -> Any:
        return configured(server, extra, **{**OPTIONS, **options})

    return make


def pull(source: Any, stream: str, **how: Any) -> Pull:
    made: Pull = source.pull(stream_named(source, stream), **how)
    return made


def records(asked: Pull) -> list[Any]:
    return [record for page in asked for record in page.records]


@pytest.mark.parametrize("page_size", [1, 7, 1000])
@pytest.mark.parametrize("name", NAMES)
def test_every_row_of_every_stream_comes_once(account: Any, name: str, page_size: int) -> None:
    asked = pull(account(page_size=page_size), name, full=True)
    got = records(asked)
    keys = {tuple(getattr(r, column) for column in stream_named(account(), name).key) for r in got}
    assert (len(got), len(keys)) == (ROWS[name], ROWS[name])
    assert asked.source_at == FIRST
    assert WORDS not in repr(got)


@pytest.mark.parametrize(
    "choices",
    [
        {"mapped_host": "other.zendesk.example"},
        {"tells_end_of_stream": False},
        {"breaks_seconds": True},
        {"lists_by_cursor": []},
        {"lists_by_cursor": ["groups", "sla_policies", "schedules", "holidays", "ticket_metric_events"]},
        {"has_old_rate_headers": True},
        {"refused_cursors": True},
    ],
    ids=lambda c: next(iter(c)),
)
@pytest.mark.parametrize("name", NAMES)
def test_no_ways_of_an_account_lose_a_row(
    server: RunningServer, account: Any, name: str, choices: dict[str, Any]
) -> None:
    server.set_behaviour(**choices)
    assert len(records(pull(account(page_size=100), name))) == ROWS[name]


@pytest.mark.parametrize("extra", [None, {"auth": "oauth_client_credentials"}])
def test_the_account_is_signed_in_to_by_api_token_and_by_oauth_client(account: Any, extra: Any) -> None:
    assert len(records(pull(account(extra=extra), "tickets"))) == N_TICKETS


def test_a_static_oauth_token_signs_in(server: RunningServer, account: Any) -> None:
    source = account()
    source.connection = replace(source.connection, extra={"auth": "oauth_token"})
    assert len(records(pull(source, "tickets"))) == N_TICKETS


def test_a_token_that_ends_on_the_way_is_renewed_and_one_without_an_end_is_used(
    server: RunningServer, account: Any
) -> None:
    source = account(extra={"auth": "oauth_client_credentials"}, page_size=10)
    server.set_faults({"kind": "unauthorized", "path": "/tickets/cursor", "after": 2, "times": 1})
    assert len(records(pull(source, "tickets"))) == N_TICKETS
    server.set_behaviour(token_seconds=None)
    assert len(records(pull(account(extra={"auth": "oauth_client_credentials"}), "tickets"))) == N_TICKETS


def test_what_the_options_map_is_read(account: Any) -> None:
    source = account()
    first = records(pull(source, "tickets"))[0]
    assert (first.category, first.subcategory, first.school_code) == ("hvac", None, "0042")
    assert (first.tags, first.via_channel, first.follower_ids) == (["blocks_class"], "email", [2, 3])
    assert {r.school_code for r in records(pull(source, "organizations"))} == {f"{n:04}" for n in range(1, 31)}
    assert [r.external_id for r in records(pull(source, "users"))] == ["E00001", None, "E00003", None, "E00005", None]


def is_of_the_6th(name: str, record: Any) -> bool:
    if name == "organizations":
        return bool(record.name == "North")
    return bool((record.updated_at if name == "tickets" else record.occurred_at).day == 6)


@pytest.mark.parametrize(("name", "n"), [("tickets", 10), ("organizations", 1), ("ticket_events", 10)])
def test_what_changed_in_the_last_minute_comes_with_a_later_pull(
    server: RunningServer, account: Any, name: str, n: int
) -> None:
    source, moved = account(overlap_minutes=0), datetime(2026, 1, 6, 8, tzinfo=UTC)
    seen: list[str] = []
    cursor, counts = None, []
    for seconds in (-1, 0, 30, 59, 60, 61, 62, 200):
        server.set_clock(moved + timedelta(seconds=seconds))
        asked = pull(source, name, cursor=cursor)
        seen += [repr(r) for r in records(asked) if is_of_the_6th(name, r)]
        counts.append(len(set(seen)))
        cursor = asked.cursor
    assert counts[:4] == [0, 0, 0, 0]
    assert counts[-2:] == [n, n]


def test_a_limit_in_plain_text_is_outlasted_and_costs_nothing(server: RunningServer, account: Any) -> None:
    server.set_behaviour(exports_per_minute=4, limit_window_seconds=1)
    started = time.monotonic()
    assert len(records(pull(account(page_size=4), "tickets"))) == N_TICKETS
    assert time.monotonic() - started > 1


def test_a_pace_of_ours_keeps_within_the_limit_without_being_told(
    server: RunningServer, account: Any, monkeypatch: Any
) -> None:
    waits: list[float] = []
    source = account(page_size=2, requests_per_minute=10)
    monkeypatch.setattr(source.api._pace, "_sleep", waits.append)
    assert len(records(pull(source, "tickets"))) == N_TICKETS
    assert sum(wait > 50 for wait in waits) == 10


def test_a_crowded_second_that_never_ends_is_told(server: RunningServer, account: Any) -> None:
    server.set_behaviour(breaks_seconds=True)
    with pytest.raises(SourceError, match=r"/incremental/organizations.json does not move on.*raise page_size"):
        records(pull(account(page_size=7), "organizations"))


@pytest.mark.parametrize("name", ["ticket_events", "ticket_metric_events", "sla_policies", "schedules", "holidays"])
@pytest.mark.parametrize(
    ("how", "told"), [("forbidden", r"\(403: .*You do not have access"), ("missing", r"is not there \(404\)")]
)
def test_what_the_plan_does_not_give_is_a_refusal(
    server: RunningServer, account: Any, name: str, how: str, told: str
) -> None:
    server.set_behaviour(**{how: [name]})
    with pytest.raises(AccessRefusedError, match=told):
        records(pull(account(), name))
    if name != "holidays":
        assert any(
            name.rsplit("_")[-1] in finding and "optional and will be skipped" in finding
            for finding in account().check()
        )


def test_tickets_that_may_not_be_read_are_told_by_the_check_and_are_not_optional(
    server: RunningServer, account: Any
) -> None:
    server.set_behaviour(forbidden=["tickets"])
    [finding] = account().check()
    assert "/api/v2/incremental/tickets/cursor.json does not let us read it (403" in finding
    assert "skipped" not in finding


def test_a_check_of_a_sound_account_finds_nothing(account: Any) -> None:
    assert list(account().check()) == []


def test_a_check_names_mapped_fields_that_the_account_does_not_have(tmp_path: Path, configured: Any) -> None:
    write_account(tmp_path / "zendesk")
    write(tmp_path / "zendesk" / "ticket_fields.jsonl.gz", [("2026-01-01T00:00:00Z", {"id": 101, "title": "Category"})])
    with start("zendesk", tmp_path, FIRST, CREDENTIALS) as server:
        [finding] = configured(server, **OPTIONS).check()
    assert "has no field 103, which options.ticket_fields maps to school_code. Correct the id." in finding


@pytest.mark.parametrize("objects", [False, True])
def test_an_accounts_own_words_for_an_error_are_told(server: RunningServer, account: Any, objects: bool) -> None:
    server.set_behaviour(errors_as_objects=objects)
    server.set_faults({"kind": "error", "status": 500, "times": None})
    with pytest.raises(SourceError, match=r"is in trouble \(500: .*The server failed"):
        records(pull(account(), "tickets"))


def test_a_wrong_token_is_told(server: RunningServer, account: Any) -> None:
    source = account()
    source.connection = replace(source.connection, password="wrong")
    with pytest.raises(
        SignInRefusedError, match=r"refuses our sign-in \(401\). Check login and password of connection 'it'"
    ):
        records(pull(source, "groups"))


def test_an_unknown_way_to_sign_in_is_told(account: Any) -> None:
    with pytest.raises(
        Exception, match=r"auth 'kerberos' is not known\. Use one of api_token, oauth_token, oauth_client_credentials"
    ):
        records(pull(account(extra={"auth": "kerberos"}), "tickets"))
