"""OneRoster's module against the replay server, over real HTTP: schools and staff come, students come under keyed hashes alone."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from schoolward.errors import AccessRefusedError
from schoolward.sources.base import Pull, stream_named

SCOPES = [
    f"https://purl.imsglobal.org/spec/or/v1p2/scope/{name}.readonly"
    for name in ("roster-core", "roster", "roster-demographics")
]
DEFAULTS = {
    "max_limit": 1000, "sends_total_count": True, "sends_links": True, "has_gateway_timeouts": False, "has_boolean_enabled_user": False,
    "token_seconds": 3600, "granted_scopes": SCOPES,
}  # fmt: skip
MAPPED = {"demographics_metadata": {"is_low_income": "frl"}, "org_metadata": {"level": "lvl"}}


@pytest.fixture
def server(replay: Callable[[str], Any]) -> Any:
    given = replay("oneroster")
    given.set_behaviour(**DEFAULTS)
    return given


def records(pull: Pull) -> list[Any]:
    return [record for page in pull for record in page.records]


def pull(source: Any, stream: str, **how: Any) -> Pull:
    made: Pull = source.pull(stream_named(source, stream), **how)
    return made


@pytest.mark.parametrize(
    "behaviour", [{}, {"max_limit": 7}, {"sends_total_count": False}, {"sends_links": False, "max_limit": 1}]
)
def test_every_school_comes_once_whatever_the_provider_does(
    server: Any, configured: Any, behaviour: dict[str, Any]
) -> None:
    server.set_behaviour(**behaviour)
    asked = pull(configured(server, page_size=25, **MAPPED), "orgs")
    got = records(asked)
    assert [r.sourced_id for r in got] == [f"s{n:03}" for n in range(60)]
    assert {r.level for r in got} == {"high"}
    assert asked.n_told == (None if behaviour == {"sends_total_count": False} else 60)
    assert asked.source_at == datetime(2026, 1, 10, tzinfo=UTC)


def test_a_later_pull_brings_what_changed_since_the_day_before(server: Any, configured: Any) -> None:
    source = configured(server)
    assert len(records(pull(source, "orgs", cursor={"since": "2026-01-06T07:59:59+00:00"}))) == 60
    assert records(pull(source, "orgs", cursor={"since": "2026-01-06T08:00:01+00:00"})) == []


def test_a_gateway_that_times_out_gets_smaller_questions(server: Any, configured: Any) -> None:
    server.set_behaviour(has_gateway_timeouts=True)
    assert len(records(pull(configured(server, page_size=4000), "orgs"))) == 60


@pytest.mark.parametrize("is_boolean", [False, True])
def test_staff_come_and_students_do_not(server: Any, configured: Any, is_boolean: bool) -> None:
    server.set_behaviour(has_boolean_enabled_user=is_boolean)
    source = configured(server, page_size=2)
    asked = pull(source, "users")
    staff = records(asked)
    assert [(r.sourced_id, r.enabled) for r in staff] == [(f"u{n}", True) for n in range(6)]
    assert asked.n_told == 9
    assert [r.user_sourced_id for r in records(pull(source, "user_roles"))] == [f"u{n}" for n in range(6)]


def test_roles_and_students_rows_are_always_read_whole(server: Any, configured: Any) -> None:
    source = configured(server, **MAPPED)
    for stream, n in (("user_roles", 6), ("enrollments", 3), ("demographics", 3)):
        asked = pull(source, stream, cursor={"since": "2026-01-09T00:00:00+00:00"})
        assert (len(records(asked)), asked.is_whole) == (n, True)


def test_students_come_as_hashes_that_agree_between_collections(server: Any, configured: Any) -> None:
    source = configured(server, **MAPPED)
    enrolled, counted = records(pull(source, "enrollments")), records(pull(source, "demographics"))
    assert {r.user for r in enrolled} == {r.sourced_id for r in counted}
    assert all(len(r.user) == 64 for r in enrolled)
    assert {r.is_low_income for r in counted} == {True}
    assert "2012" not in repr(counted)


def test_a_token_that_expires_in_the_middle_of_a_pull_is_renewed(server: Any, configured: Any) -> None:
    server.set_faults({"kind": "unauthorized", "path": "/orgs", "after": 2, "times": 1})
    assert len(records(pull(configured(server, page_size=10), "orgs"))) == 60


def test_withheld_demographics_are_a_refusal_and_cost_nothing_else(server: Any, configured: Any) -> None:
    server.set_behaviour(granted_scopes=SCOPES[:1])
    source = configured(server, **MAPPED)
    with pytest.raises(AccessRefusedError, match="does not grant the scope"):
        records(pull(source, "demographics"))
    assert len(records(pull(source, "orgs"))) == 60
    [finding] = source.check()
    assert finding.endswith("This stream is optional and will be skipped.")


def test_a_check_of_a_sound_provider_finds_nothing(server: Any, configured: Any) -> None:
    assert list(configured(server, **MAPPED, streams=["orgs", "users", "enrollments", "demographics"]).check()) == []


def test_an_unknown_auth_style_is_told(server: Any, configured: Any) -> None:
    with pytest.raises(Exception, match="auth_style 'digest' is not known"):
        records(pull(configured(server, extra={"auth_style": "digest"}), "orgs"))
