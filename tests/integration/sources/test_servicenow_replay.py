"""ServiceNow's module against the replay server, over real HTTP: everything readable comes, nothing undeclared does."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from schoolward.errors import AccessRefusedError, SourceError
from schoolward.sources.base import Pull, stream_named

DEFAULTS: dict[str, Any] = {
    "hide_every": 0,
    "cancel_above_limit": None,
    "requests_per_hour": None,
    "forbidden_tables": [],
    "token_seconds": 1799,
}


@pytest.fixture
def server(replay: Callable[[str], Any]) -> Any:
    given = replay("servicenow")
    given.set_behaviour(**DEFAULTS)
    return given


def records(pull: Pull) -> list[Any]:
    return [record for page in pull for record in page.records]


def pull(source: Any, stream: str, **how: Any) -> Pull:
    made: Pull = source.pull(stream_named(source, stream), **how)
    return made


@pytest.mark.parametrize("page_size", [7, 60, 1000])
@pytest.mark.parametrize("full", [False, True])
def test_every_incident_comes_once_and_as_counted(server: Any, configured: Any, page_size: int, full: bool) -> None:
    asked = pull(configured(server, page_size=page_size), "incident", full=full)
    got = records(asked)
    assert (len(got), len({r.sys_id for r in got}), asked.n_told) == (60, 60, 60)
    assert asked.source_at == datetime(2026, 1, 10, tzinfo=UTC)
    assert {r.opened_at.isoformat() for r in got} == {"2026-01-05T08:00:00+00:00"}
    assert {r.category for r in got} == {None}


def test_oauth_signs_in_as_well_and_renews_an_expired_token(server: Any, configured: Any) -> None:
    source = configured(server, extra={"auth": "oauth_client_credentials"}, page_size=20)
    server.set_faults({"kind": "unauthorized", "path": "/table/incident.*sys_id%3E", "times": 1})
    assert len(records(pull(source, "incident"))) == 60


def test_a_page_the_instance_gave_up_on_is_asked_for_in_halves(server: Any, configured: Any) -> None:
    server.set_behaviour(cancel_above_limit=15)
    assert len(records(pull(configured(server, page_size=60), "incident"))) == 60


def test_rows_that_access_rules_hide_leave_the_rest_complete(server: Any, configured: Any) -> None:
    server.set_behaviour(hide_every=3)
    asked = pull(configured(server, page_size=4), "incident")
    shown = records(asked)
    server.set_behaviour(hide_every=0)
    assert 20 <= len(shown) < 60
    assert asked.n_told is None


def test_a_later_pull_asks_for_the_overlap_only(server: Any, configured: Any) -> None:
    source = configured(server, overlap_minutes=0)
    first = pull(source, "incident")
    records(first)
    assert first.cursor is not None
    assert first.cursor["stamp"] == "2026-01-05 08:00:01"
    assert len(records(pull(source, "incident", cursor=first.cursor))) == 30


def test_a_backfill_starts_where_it_is_told(server: Any, configured: Any) -> None:
    since = datetime.fromisoformat("2026-01-05T10:00:01+02:00")
    assert len(records(pull(configured(server), "incident", since=since))) == 30


def test_audit_rows_come_for_coded_fields_and_journals_without_their_values(server: Any, configured: Any) -> None:
    source = configured(server)
    assert [(r.fieldname, r.newvalue) for r in records(pull(source, "sys_audit"))] == [("state", "1")]
    [note] = records(pull(source, "sys_audit_journal"))
    assert note.fieldname == "comments"
    assert not hasattr(note, "newvalue")


def test_a_forbidden_table_is_a_refusal_that_the_check_tells_too(server: Any, configured: Any) -> None:
    server.set_behaviour(forbidden_tables=["sys_audit"])
    source = configured(server)
    with pytest.raises(
        AccessRefusedError, match=r"/api/now/table/sys_audit does not let us read it \(403: User Not Authorized\)"
    ):
        records(pull(source, "sys_audit"))
    assert any("sys_audit" in finding and "optional and will be skipped" in finding for finding in source.check())


def test_a_check_of_a_sound_instance_finds_nothing(server: Any, configured: Any) -> None:
    assert list(configured(server, streams=["incident", "sys_audit"]).check()) == []


@pytest.mark.parametrize(("field", "code"), [("u_code", "0042"), (None, None)])
def test_the_schools_code_of_a_place_is_read_from_the_mapped_field(
    server: Any, configured: Any, field: str | None, code: str | None
) -> None:
    options = {"location_code_field": field} if field else {}
    [place] = records(pull(configured(server, **options), "cmn_location"))
    assert (place.name, place.school_code) == ("North", code)


def test_an_hourly_limit_is_left_to_the_scheduler(server: Any, configured: Any) -> None:
    server.set_behaviour(requests_per_hour=1)
    with pytest.raises(
        SourceError, match=r"asks us to slow down \(429: Rate limit exceeded.*It asks us to wait 3600 s"
    ):
        records(pull(configured(server, page_size=5), "incident"))


def test_a_connection_with_an_unknown_way_to_sign_in_is_told(server: Any, configured: Any) -> None:
    with pytest.raises(Exception, match="auth 'kerberos' is not known"):
        records(pull(configured(server, extra={"auth": "kerberos"}), "incident"))
