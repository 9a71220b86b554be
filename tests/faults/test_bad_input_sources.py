"""What sources do on their bad days: each trouble is outlasted, or told in one clear sentence; nothing is lost, no secret printed."""

import gzip
import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, cast

import pytest

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.errors import AccessRefusedError, CompletenessError, DriftError, SignInRefusedError, SourceError
from schoolward.ingest.http import Limits
from schoolward.sample.replay.client import RunningServer, start
from schoolward.sources.base import SYSTEMS, Pull, stream_named

QUICK = Limits(
    connect_seconds=2, read_seconds=1, answer_seconds=3, retries=2, backoff_factor=0, backoff_jitter_seconds=0
)
CREDENTIALS = {
    "REPLAY_CLIENT_ID": "client-id",
    "REPLAY_CLIENT_SECRET": "cl13nt s3cret",
    "REPLAY_USER": "svc-user",
    "REPLAY_PASSWORD": "p4ss word",
}
SECRETS = ("cl13nt s3cret", "cl13nt+s3cret", "p4ss word", "wr0ng", "Bearer", "Basic ", "Ann Lee")
NOW = datetime(2026, 1, 10, tzinfo=UTC)
N = 40
STREAM = {"servicenow": "incident", "oneroster": "orgs", "zendesk": "tickets"}
PATH = {"servicenow": "/table/incident", "oneroster": "/orgs", "zendesk": "/incremental/tickets"}
KEY = {"servicenow": "sys_id", "oneroster": "sourced_id", "zendesk": "id"}
System = Literal["servicenow", "oneroster", "zendesk"]
ALL = pytest.mark.parametrize("system", ["servicenow", "oneroster", "zendesk"])


def incident(n: int) -> dict[str, str]:
    stamp = f"2026-01-05 08:00:{n % 3:02}"
    text = {"short_description": "Ann Lee fell ill", "category": "network", "state": "1"}
    return {"sys_id": f"{n:032x}", "number": f"INC{n:07}", "opened_at": stamp, "sys_updated_on": stamp, **text}


def school(n: int) -> dict[str, str]:
    return {
        "sourcedId": f"s{n:03}",
        "status": "active",
        "dateLastModified": "2026-01-05T08:00:00.000Z",
        "name": f"School {n}",
        "type": "school",
    }


def ticket(n: int) -> dict[str, Any]:
    stamps = {"created_at": f"2026-01-05T08:00:{n % 3:02}Z", "updated_at": "2026-01-05T08:00:00Z"}
    return {"id": n, "status": "new", "priority": "low", "subject": "Ann Lee fell ill", **stamps}


def write(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"at": "2026-01-05T08:00:00Z", "record": record}) + "\n" for record in records)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, RunningServer]]:
    folder = tmp_path_factory.mktemp("records")
    write(folder / "servicenow/incident.jsonl.gz", [incident(n) for n in range(N)])
    write(folder / "oneroster/orgs.jsonl.gz", [school(n) for n in range(N)])
    write(folder / "zendesk/tickets.jsonl.gz", [ticket(n) for n in range(1, N + 1)])
    with (
        start("servicenow", folder, NOW, CREDENTIALS) as helpdesk,
        start("oneroster", folder, NOW, CREDENTIALS) as sis,
        start("zendesk", folder, NOW, CREDENTIALS) as desk,
    ):
        yield {"servicenow": helpdesk, "oneroster": sis, "zendesk": desk}


@dataclass
class Pulled:
    """What one pull ended with."""

    keys: set[str]
    rejects: list[Any]
    vanished: set[str]
    error: SourceError | None
    n_told: int | None


class District:
    """A district with one source of each system; collects what is told to people."""

    def __init__(self, servers: Mapping[str, RunningServer], caplog: pytest.LogCaptureFixture) -> None:
        self._servers, self._caplog = servers, caplog
        caplog.set_level(logging.DEBUG, logger="schoolward")
        for server in servers.values():
            server.set_faults()

    def strikes(self, system: System, kind: str, **more: Any) -> None:
        self._servers[system].set_faults({"kind": kind, "path": PATH[system], **more})

    def connection(self, system: System) -> Connection:
        login, password = ("client-id", "cl13nt s3cret") if system == "oneroster" else ("svc-user", "p4ss word")
        return Connection("it", "http", "127.0.0.1", self._servers[system].port, login, password)

    def pull(self, system: System, connection: Connection | None = None, page_size: int = 12) -> Pulled:
        config = SourceConfig("it", system, "it", "0 4 * * *", {"page_size": page_size}, 1440)
        source_class: Any = import_module(SYSTEMS[system]).SOURCE
        source = source_class(cast(Any, None), config, connection or self.connection(system), b"key", limits=QUICK)
        got = Pulled(set(), [], set(), None, None)
        try:
            asked: Pull = source.pull(stream_named(source, STREAM[system]))
            for page in asked:
                got.keys |= {str(getattr(record, KEY[system])) for record in page.records}
                got.rejects += page.rejects
                got.vanished |= page.vanished_fields
            got.n_told = asked.n_told
        except SourceError as error:
            got.error = error
        source.close()
        self._judge_words(got.error)
        return got

    def _judge_words(self, error: SourceError | None) -> None:
        said = f"{error}\n{self._caplog.text}"
        assert not [secret for secret in SECRETS if secret in said]
        assert "sysparm_query" not in said
        if error is not None:
            sentence = str(error)
            assert "\n" not in sentence
            assert len(sentence) < 500
            assert re.search(r"[.]$", sentence), "it does not end"
            assert re.search(r"127\.0\.0\.1:\d+/|no-such-host|Incident|Org|Ticket", sentence), "it does not say where"
            assert len(re.findall(r"[.] [A-Z]", sentence)) >= 1, "it does not say what to do"

    def all_keys(self, system: System) -> set[str]:
        keys = {
            "servicenow": {incident(n)["sys_id"] for n in range(N)},
            "oneroster": {school(n)["sourcedId"] for n in range(N)},
            "zendesk": {str(n) for n in range(1, N + 1)},
        }
        return keys[system]


@pytest.fixture
def district(servers: Mapping[str, RunningServer], caplog: pytest.LogCaptureFixture) -> District:
    return District(servers, caplog)


PASSING: list[dict[str, Any]] = [
    {"kind": "rate_limited", "seconds": 0},
    {"kind": "error", "status": 500},
    {"kind": "error", "status": 503, "seconds": 0},
    {"kind": "error", "status": 504},
    {"kind": "truncated"},
    {"kind": "cut"},
    {"kind": "shrinking_count"},
]


@ALL
@pytest.mark.parametrize("after", [0, 2])
@pytest.mark.parametrize("fault", PASSING, ids=lambda f: "-".join(map(str, f.values())))
def test_a_trouble_that_passes_costs_nothing(
    district: District, system: System, fault: dict[str, Any], after: int
) -> None:
    district.strikes(system, **fault, after=after, times=1)
    got = district.pull(system)
    assert got.error is None
    assert got.keys == district.all_keys(system)


def test_a_limit_without_a_word_on_waiting_is_outlasted(district: District) -> None:
    district.strikes("oneroster", "rate_limited", seconds=None, times=1)
    got = district.pull("oneroster")
    assert (got.error, got.keys) == (None, district.all_keys("oneroster"))


def test_a_token_that_expires_on_the_way_costs_nothing(district: District) -> None:
    district.strikes("oneroster", "unauthorized", after=2, times=1)
    got = district.pull("oneroster")
    assert (got.error, got.keys) == (None, district.all_keys("oneroster"))


STAYING: list[tuple[dict[str, Any], type[SourceError], str]] = [
    (
        {"kind": "rate_limited", "seconds": 1800},
        SourceError,
        r"asks us to slow down \(429.*It asks us to wait 1800 s: try again after",
    ),
    ({"kind": "rate_limited", "seconds": None}, SourceError, r"asks us to slow down \(429"),
    ({"kind": "error", "status": 500}, SourceError, r"is in trouble \(500"),
    ({"kind": "error", "status": 503}, SourceError, r"is in trouble \(503"),
    ({"kind": "truncated"}, SourceError, "sent a broken answer"),
    ({"kind": "cut"}, SourceError, "truncated answer|broken answer|cannot be reached"),
    ({"kind": "not_json"}, SourceError, "the instance hibernates. Wake it"),
    ({"kind": "unauthorized"}, SignInRefusedError, r"refuses our sign-in \(401\)"),
    ({"kind": "forbidden"}, AccessRefusedError, r"does not let us read it \(403"),
    ({"kind": "slow", "seconds": 1.6}, SourceError, "fell silent for 1 s"),
]


@ALL
@pytest.mark.parametrize("after", [0, 3])
@pytest.mark.parametrize(
    ("fault", "kind", "told"), STAYING, ids=lambda v: "-".join(map(str, v.values())) if isinstance(v, dict) else None
)
def test_a_trouble_that_stays_is_told_and_costs_nothing_once_it_has_gone(
    district: District, system: System, fault: dict[str, Any], kind: type[SourceError], told: str, after: int
) -> None:
    district.strikes(system, **fault, after=after, times=None)
    got = district.pull(system)
    assert isinstance(got.error, kind)
    assert re.search(told, str(got.error))
    district._servers[system].set_faults()
    assert district.pull(system).keys == district.all_keys(system)


@ALL
def test_wrong_credentials_are_told_without_repeating_them(district: District, system: System) -> None:
    got = district.pull(system, replace(district.connection(system), password="wr0ng"))
    assert isinstance(got.error, SignInRefusedError)
    assert re.search(r"refuses our sign-in.*Check .* of connection 'it'", str(got.error))


@ALL
def test_an_unreachable_host_is_told(district: District, system: System) -> None:
    got = district.pull(system, replace(district.connection(system), port=9))
    assert re.search(r"127.0.0.1:9/.* cannot be reached. Check host and port of connection 'it'", str(got.error))


@ALL
def test_an_unknown_host_is_told(district: District, system: System) -> None:
    got = district.pull(system, replace(district.connection(system), scheme="https", host="no-such-host.invalid"))
    assert re.search(r"no-such-host.invalid:\d+/.* cannot be reached", str(got.error))


@ALL
def test_a_malformed_record_is_set_aside_and_its_neighbours_come(district: District, system: System) -> None:
    field = {"servicenow": "opened_at", "oneroster": "dateLastModified", "zendesk": "created_at"}[system]
    district.strikes(system, "malformed_record", field=field, value="when Ann Lee called", times=None, row=4)
    got = district.pull(system, page_size=N)
    assert got.error is None
    [reject] = got.rejects
    assert got.keys == district.all_keys(system) - {reject.key}
    assert field in reject.reason
    assert "Ann Lee" not in repr(reject)


@ALL
def test_a_vanished_field_we_can_do_without_is_noted(district: District, system: System) -> None:
    field = {"servicenow": "category", "oneroster": "identifier", "zendesk": "priority"}[system]
    district.strikes(system, "vanished_field", field=field, times=None)
    got = district.pull(system)
    assert (got.error, got.keys) == (None, district.all_keys(system))
    assert field in got.vanished


@ALL
def test_a_vanished_field_we_cannot_do_without_stops_the_load(district: District, system: System) -> None:
    field = {"servicenow": "state", "oneroster": "type", "zendesk": "status"}[system]
    district.strikes(system, "vanished_field", field=field, times=None)
    got = district.pull(system)
    assert isinstance(got.error, DriftError)
    assert re.search(
        rf"none of the 12 records of a page has the field `{field}`.*Ask the owner of the source", str(got.error)
    )


@pytest.mark.parametrize(("system", "kind", "told"), [
    ("servicenow", SourceError, "sent rows again that it had sent before.*Try again"),
    ("oneroster", CompletenessError, "sent the same page again.*That was the second try"),
    ("zendesk", SourceError, "does not move on.*stopped before an endless loop"),
])  # fmt: skip
def test_a_page_that_comes_again_and_again_is_told(
    district: District, system: System, kind: type[SourceError], told: str
) -> None:
    district.strikes(system, "repeated_page", after=3 if system == "servicenow" else 1, times=None)
    got = district.pull(system)
    assert isinstance(got.error, kind)
    assert re.search(told, str(got.error))


def test_a_page_that_comes_twice_costs_oneroster_a_second_beginning(district: District) -> None:
    district.strikes("oneroster", "repeated_page", after=2, times=1)
    got = district.pull("oneroster")
    assert (got.error, got.keys) == (None, district.all_keys("oneroster"))


def test_a_count_that_keeps_shrinking_is_told_with_both_numbers(district: District) -> None:
    district.strikes("oneroster", "shrinking_count", after=1, n=3, times=None)
    got = district.pull("oneroster", page_size=100)
    assert isinstance(got.error, CompletenessError)
    assert re.search(r"told 37 rows and sent 40|told 40 rows at the start and 37 later", str(got.error))


@pytest.mark.parametrize(("system", "told"), [
    ("servicenow", "says it has 40 rows for our question and lets us read 40, but sent 39"),
    ("oneroster", "told 40 rows and sent 39|moved a page boundary"),
])  # fmt: skip
def test_a_record_that_was_counted_and_not_sent_is_told_with_both_numbers(
    district: District, system: System, told: str
) -> None:
    district.strikes(
        system, "missing_row", times=1 if system == "servicenow" else None, after=2 if system == "servicenow" else 0
    )
    got = district.pull(system, page_size=100)
    assert isinstance(got.error, CompletenessError)
    assert re.search(told, str(got.error))


def test_a_partial_answer_after_sixty_seconds_is_never_taken_for_a_page(district: District) -> None:
    district.strikes("servicenow", "cancelled", after=2, times=2)
    got = district.pull("servicenow", page_size=N)
    assert (got.error, got.keys, got.n_told) == (None, district.all_keys("servicenow"), N)
