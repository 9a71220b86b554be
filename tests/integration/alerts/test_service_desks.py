"""An alert opens a request in the owner's ticketing system: once, in the right group, over real HTTP, whatever breaks off on the way."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from schoolward.alerts import deliver, evaluate
from schoolward.alerts.delivery import check
from schoolward.district import District
from schoolward.sample.replay.client import RunningServer, start

NOW = datetime(2026, 5, 8, 20, tzinfo=UTC)
KEY = "schoolward:service_ageing/s01/it/1"
SIGN_IN = {f"REPLAY_{name}": "secret" for name in ("PASSWORD", "CLIENT_ID", "CLIENT_SECRET")} | {"REPLAY_USER": "svc"}
SOURCE = {"servicenow": "helpdesk", "zendesk": "facilities_desk"}


def _write(path: Path, *records: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [json.dumps({"at": "2026-01-05T08:00:00Z", "record": record}) + "\n" for record in records]
    path.write_bytes(gzip.compress("".join(lines).encode()))


class Desk:
    """One ticketing system, and what was opened in it."""

    def __init__(self, server: RunningServer) -> None:
        self.server, self.system = server, server.system
        self.source = SOURCE[server.system]

    def opened(self) -> list[dict[str, Any]]:
        """Requests that carry a key of ours, as the vendor's own API shows them."""
        base, is_servicenow = f"http://127.0.0.1:{self.server.port}", self.system == "servicenow"
        path = "/api/now/table/incident" if is_servicenow else f"/api/v2/tickets?external_id={KEY}"
        user = "svc" if is_servicenow else "svc/token"
        answer = requests.get(f"{base}{path}", auth=(user, "secret"), timeout=10).json()
        rows = answer["result" if is_servicenow else "tickets"]
        return [r for r in rows if r.get("correlation_id") or r.get("external_id")]


@pytest.fixture(params=["servicenow", "zendesk"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    groups = [
        {"sys_id": "g1", "name": "IT Service Desk", "active": "true"},
        {"sys_id": "g2", "name": "Other", "active": "true"},
    ]
    _write(tmp_path / "records/servicenow/sys_user_group.jsonl.gz", *groups)
    _write(tmp_path / "records/servicenow/incident.jsonl.gz", {"sys_id": "i1", "number": "INC1", "state": "1"})
    _write(
        tmp_path / "records/zendesk/groups.jsonl.gz", {"id": 70, "name": "Other"}, {"id": 71, "name": "IT Service Desk"}
    )
    _write(
        tmp_path / "records/zendesk/tickets.jsonl.gz", {"id": 5, "status": "open", "created_at": "2026-01-05T08:00:00Z"}
    )
    with start(request.param, tmp_path / "records", NOW, SIGN_IN) as server:
        fields = {
            "conn_type": "http",
            "host": "127.0.0.1",
            "schema": "http",
            "port": server.port,
            "login": "svc",
            "password": "secret",
        }
        monkeypatch.setenv(f"AIRFLOW_CONN_{SOURCE[request.param].upper()}", json.dumps(fields))
        yield Desk(server)


@pytest.fixture
def with_ticket(lakeside_district: District, desk: Desk) -> District:
    recipients = [replace(r, ticket=desk.source) if r.unit == "it" else r for r in lakeside_district.recipients]
    return replace(lakeside_district, recipients=tuple(recipients))


@pytest.fixture
def alerted(marts: Any, owner: Any, mailbox: Any, with_ticket: District) -> District:
    """An alert about school s01 is evaluated and waits to be told."""
    marts.reason("s01", reason_text="4 requests are open past twice their promised time.")
    evaluate(with_ticket)
    return with_ticket


def outbox(owner: Any) -> dict[str, dict[str, Any]]:
    rows = owner.rows("select target, state, reference, last_error from alerts.outbox")
    return {row["target"].partition(":")[0]: row for row in rows}


def test_a_request_stands_in_the_units_group_under_the_alerts_key_and_its_number_in_the_outbox(
    owner: Any, desk: Desk, alerted: District
) -> None:
    assert deliver(alerted).n_failed == 1  # the mailbox of these tests refuses this owner; the request goes its own way
    [request] = desk.opened()
    told = outbox(owner)["request"]
    assert told["state"] == "delivered"
    if desk.system == "servicenow":
        assert (request["correlation_id"], request["contact_type"]) == (KEY, "schoolward")
        assert request["assignment_group"]["value"] == "g1"
        assert request["number"] == told["reference"]
        assert "4 requests are open past twice their promised time." in request["description"]
        assert "Chief Information Officer" not in request["description"]
    else:
        assert (request["external_id"], request["tags"], request["group_id"]) == (KEY, ["schoolward"], 71)
        assert str(request["id"]) == told["reference"]


def test_a_request_the_vendor_took_before_the_line_broke_is_found_and_not_opened_again(
    owner: Any, desk: Desk, alerted: District
) -> None:
    path = "/table/incident" if desk.system == "servicenow" else "/api/v2/tickets"
    # The look-up is the first to ask for this path, the opening the second: its answer is cut in the middle.
    desk.server.set_faults({"kind": "cut", "path": path, "after": 1, "times": 1})
    assert deliver(alerted).n_waiting == 1
    assert outbox(owner)["request"]["state"] == "queued"
    assert len(desk.opened()) == 1
    assert deliver(alerted, datetime.now(UTC) + timedelta(minutes=2)).n_delivered == 1
    [request] = desk.opened()
    assert outbox(owner)["request"]["reference"] == str(request["number" if desk.system == "servicenow" else "id"])


def test_a_group_the_system_does_not_have_is_told_and_nothing_is_opened(
    owner: Any, desk: Desk, alerted: District
) -> None:
    units = tuple(replace(u, request_group="Network Operations") if u.id == "it" else u for u in alerted.units)
    assert deliver(replace(alerted, units=units)).n_failed == 2
    assert f"Source {desk.source!r} has no active group 'Network Operations'" in outbox(owner)["request"]["last_error"]
    assert desk.opened() == []


def test_a_look_at_every_way_finds_the_missing_group_beforehand_and_opens_nothing(
    desk: Desk, mailbox: Any, with_ticket: District
) -> None:
    way = f"Requests in {desk.source!r} for unit 'it'"
    assert dict(check(with_ticket))[way] is None
    units = tuple(replace(u, request_group="Network Operations") if u.id == "it" else u for u in with_ticket.units)
    said = dict(check(replace(with_ticket, units=units)))[way]
    assert said is not None
    assert f"Source {desk.source!r} has no active group 'Network Operations'" in said
    assert desk.opened() == []


def test_an_account_that_may_not_open_requests_is_told_with_the_mend(owner: Any, desk: Desk, alerted: District) -> None:
    desk.server.set_faults({"kind": "forbidden", "path": "/api/", "times": None})
    assert "It needs the right to find and to open requests there" in str(deliver(alerted))
    assert outbox(owner)["request"]["state"] == "queued"
