"""A small folder of records and the servers over it."""

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from schoolward.sample.replay.client import RunningServer, start

CREDENTIALS = {
    "REPLAY_CLIENT_ID": "client",
    "REPLAY_CLIENT_SECRET": "s3cret+/=",
    "REPLAY_USER": "svc",
    "REPLAY_PASSWORD": "pass word",
}
FIRST = datetime(2026, 1, 10, tzinfo=UTC)
LATER = datetime(2026, 2, 10, tzinfo=UTC)
N_INCIDENTS = 25


def write(
    path: Path, versions: Iterable[tuple[str, Mapping[str, Any]]], deleted: Iterable[tuple[str, str]] = ()
) -> None:
    key = "sys_id" if path.parent.name == "servicenow" else "sourcedId"
    lines: list[dict[str, Any]] = [{"at": at, "record": record} for at, record in versions]
    lines += [{"at": at, "deleted": True, "record": {key: k}} for at, k in deleted]
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in sorted(lines, key=lambda line: str(line["at"])))


def sys_id(n: int) -> str:
    return f"{n:032x}"


def incident(n: int, state: str, on: str) -> dict[str, str]:
    return {
        "sys_id": sys_id(n),
        "number": f"INC{n:07}",
        "state": state,
        "priority": str(n % 4 + 1),
        "caller_id": sys_id(900) if n % 2 else "",
        "sys_updated_on": on,
        "u_custom": "x",
    }


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """25 incidents on 5 January, of which 5 move on 1 February and one is deleted; schools, staff and students; two deliveries."""
    root = tmp_path_factory.mktemp("records")
    early, late = "2026-01-05T08:00:00Z", "2026-02-01T09:30:00Z"
    opened = [(early, incident(n, "1", "2026-01-05 08:00:00")) for n in range(N_INCIDENTS)]
    moved = [(late, incident(n, "2", "2026-02-01 09:30:00")) for n in range(5)]
    write(root / "servicenow/incident.jsonl.gz", opened + moved, [("2026-02-05T00:00:00Z", sys_id(24))])
    user = {"sys_id": sys_id(900), "name": "svc", "email": "a@b.example", "sys_updated_on": "2026-01-01 00:00:00"}
    write(root / "servicenow/sys_user.jsonl.gz", [("2026-01-01T00:00:00Z", user)])
    base = {"status": "active", "dateLastModified": "2026-01-05T08:00:00.000Z"}
    orgs = [(early, {"sourcedId": f"s{n:03}", **base, "name": f"School {n}", "type": "school"}) for n in range(150)]
    gone = {**orgs[0][1], "status": "tobedeleted", "dateLastModified": "2026-02-01T09:30:00.000Z"}
    write(
        root / "oneroster/orgs.jsonl.gz",
        [*orgs, (early, {"sourcedId": "d", **base, "name": "D", "type": "district"}), (late, gone)],
    )
    roles = {
        role: [{"roleType": "primary", "role": role, "org": {"sourcedId": "s001"}}] for role in ("principal", "student")
    }
    users = [(early, {"sourcedId": r, **base, "enabledUser": "true", "roles": roles[r]}) for r in roles]
    write(root / "oneroster/users.jsonl.gz", users)
    write(root / "oneroster/demographics.jsonl.gz", [(early, {"sourcedId": "student", **base})])
    enrolment = {
        "sourcedId": "e1",
        **base,
        "school": {"sourcedId": "s001"},
        "user": {"sourcedId": "student"},
        "role": "student",
    }
    write(root / "oneroster/enrollments.jsonl.gz", [(early, enrolment)])
    for at, text in (("20260101T060000Z", "a\n1\n"), ("20260201T060000Z", "a\n2\n")):
        (root / "files" / at / "hr").mkdir(parents=True)
        (root / "files" / at / "hr" / "positions_20260101.csv").write_text(text)
    (root / "files/20260201T060000Z/registers").mkdir()
    (root / "files/20260201T060000Z/registers/visits.csv").write_text("v\n")
    return root


def _server(system: Any, folder: Path) -> Iterator[RunningServer]:
    with start(system, folder, FIRST, CREDENTIALS) as server:
        yield server


@pytest.fixture(scope="module")
def running_servicenow(folder: Path) -> Iterator[RunningServer]:
    yield from _server("servicenow", folder)


@pytest.fixture(scope="module")
def running_oneroster(folder: Path) -> Iterator[RunningServer]:
    yield from _server("oneroster", folder)


@pytest.fixture(scope="module")
def running_files(folder: Path) -> Iterator[RunningServer]:
    yield from _server("files", folder)


def _fresh(server: RunningServer) -> Iterator[RunningServer]:
    server.set_clock(FIRST)
    server.set_faults()
    before = requests.get(f"{server.base_url}/_replay/behaviour", timeout=10).json()
    yield server
    server.set_behaviour(**before)


@pytest.fixture
def servicenow(running_servicenow: RunningServer) -> Iterator[RunningServer]:
    yield from _fresh(running_servicenow)


@pytest.fixture
def oneroster(running_oneroster: RunningServer) -> Iterator[RunningServer]:
    yield from _fresh(running_oneroster)


@pytest.fixture
def files(running_files: RunningServer) -> Iterator[RunningServer]:
    yield from _fresh(running_files)
