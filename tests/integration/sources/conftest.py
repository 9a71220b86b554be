"""A server whose every answer a test writes down beforehand, and replay servers over a small folder of records."""

import gzip
import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from typing import Any, cast

import pytest

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.ingest.http import Limits
from schoolward.sample.replay.client import RunningServer, start
from schoolward.sources.base import SYSTEMS

QUICK = Limits(
    connect_seconds=2, read_seconds=1, answer_seconds=3, retries=3, backoff_factor=0, backoff_jitter_seconds=0
)
CREDENTIALS = {
    "REPLAY_CLIENT_ID": "client",
    "REPLAY_CLIENT_SECRET": "s3cret+/=",
    "REPLAY_USER": "svc",
    "REPLAY_PASSWORD": "pass word",
}
NOW = datetime(2026, 1, 10, tzinfo=UTC)


@dataclass
class Reply:
    """One answer as it goes over the wire."""

    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str | None = "application/json"
    promised_bytes: int | None = None
    seconds: float = 0


@dataclass
class Asked:
    """One request as it came over the wire."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: str


class Script:
    """Gives its replies in order; the last one again and again."""

    def __init__(self) -> None:
        self.replies: Sequence[Reply] = [Reply()]
        self.asked: list[Asked] = []
        self.port = 0

    def says(self, *replies: Reply) -> None:
        self.replies, self.asked = replies, []

    @property
    def connection(self) -> Connection:
        return Connection("helpdesk", "http", "127.0.0.1", self.port, "svc", "pass word")


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            script.asked.append(Asked(self.command, self.path, dict(self.headers), sent))
            reply = script.replies[min(len(script.asked), len(script.replies)) - 1]
            threading.Event().wait(reply.seconds)
            self.send_response_only(reply.status)
            headers = {
                "Content-Type": reply.kind,
                "Content-Length": str(reply.promised_bytes or len(reply.body)),
                **reply.headers,
            }
            for name, value in headers.items():
                if value is not None:
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = reply.promised_bytes is not None

        do_GET = do_POST = _answer  # noqa: N815 - the names http.server calls

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: a test reads ``script.asked``."""

    return Handler


@pytest.fixture
def reply() -> type[Reply]:
    return Reply


@pytest.fixture
def quick() -> Limits:
    """Bounds that a test can wait for."""
    return QUICK


@pytest.fixture
def script() -> Iterator[Script]:
    made = Script()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def _write(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.writelines(json.dumps({"at": "2026-01-05T08:00:00Z", "record": record}) + "\n" for record in records)


@pytest.fixture(scope="session")
def records_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 incidents of two seconds with their audit rows; 60 schools, 6 members of staff, 3 students."""
    root = tmp_path_factory.mktemp("records")
    stamp = "2026-01-05 08:00:0"
    incidents = [
        {
            "sys_id": f"{n * 37 % 256:02x}{n:030x}", "number": f"INC{n:07}", "state": "1", "opened_at": f"{stamp}0", "category": "",
            "sys_updated_on": f"{stamp}{n % 2}", "short_description": "Ann Lee fell ill", "location": f"{5:032x}", "active": "true",
        }
        for n in range(60)
    ]  # fmt: skip
    audits = [
        {
            "sys_id": f"{n:032x}", "tablename": "incident", "documentkey": incidents[n]["sys_id"], "sys_created_on": f"{stamp}0",
            "fieldname": name, "oldvalue": "", "newvalue": value, "user": "kim", "record_checkpoint": "0",
        }
        for n, (name, value) in enumerate([("state", "1"), ("comments", ""), ("short_description", "Ann Lee fell ill")])
    ]  # fmt: skip
    place = {"sys_id": f"{5:032x}", "name": "North", "u_code": "0042", "sys_updated_on": f"{stamp}0"}
    _write(root / "servicenow/incident.jsonl.gz", incidents)
    _write(root / "servicenow/sys_audit.jsonl.gz", audits)
    _write(root / "servicenow/cmn_location.jsonl.gz", [place])
    base = {"status": "active", "dateLastModified": "2026-01-05T08:00:00.000Z"}
    orgs = [
        {"sourcedId": f"s{n:03}", **base, "name": f"School {n}", "type": "school", "metadata": {"lvl": "high"}}
        for n in range(60)
    ]
    roles = [
        "principal",
        "teacher",
        "aide",
        "teacher",
        "counselor",
        "siteAdministrator",
        "student",
        "student",
        "student",
    ]
    users = [
        {
            "sourcedId": f"u{n}", **base, "givenName": "Ann", "familyName": "Lee", "enabledUser": "true", "email": f"u{n}@lakeside.example",
            "roles": [{"roleType": "primary", "role": role, "org": {"href": "", "sourcedId": "s001", "type": "org"}}],
        }
        for n, role in enumerate(roles)
    ]  # fmt: skip
    students = [
        {"sourcedId": f"u{n}", **base, "birthDate": "2012-03-04", "metadata": {"frl": "true"}} for n in (6, 7, 8)
    ]
    enrollments = [
        {
            "sourcedId": f"e{n}",
            **base,
            "role": "student",
            "user": {"sourcedId": f"u{n}"},
            "school": {"sourcedId": "s001"},
            "class": {"sourcedId": "c"},
        }
        for n in (6, 7, 8)
    ]
    _write(root / "oneroster/orgs.jsonl.gz", orgs)
    _write(root / "oneroster/users.jsonl.gz", users)
    _write(root / "oneroster/demographics.jsonl.gz", students)
    _write(root / "oneroster/enrollments.jsonl.gz", enrollments)
    return root


@pytest.fixture
def configured(quick: Limits) -> Callable[..., Any]:
    """Makes a source of a running replay server, signed in and impatient."""

    def make(server: RunningServer, extra: Mapping[str, Any] | None = None, **options: Any) -> Any:
        login, password = (CREDENTIALS[f"REPLAY_{name}"] for name in _SIGN_INS[server.system, bool(extra)])
        connection = Connection("it", "http", "127.0.0.1", server.port, login, password, extra=extra or {})
        config = SourceConfig("it", server.system, "it", "0 4 * * *", options, 1440)
        source_class: Any = import_module(SYSTEMS[server.system]).SOURCE
        return source_class(cast(Any, None), config, connection, b"key", limits=quick)

    return make


_SIGN_INS = {
    ("servicenow", False): ("USER", "PASSWORD"),
    ("servicenow", True): ("CLIENT_ID", "CLIENT_SECRET"),
    ("oneroster", False): ("CLIENT_ID", "CLIENT_SECRET"),
    ("oneroster", True): ("CLIENT_ID", "CLIENT_SECRET"),
    ("zendesk", False): ("USER", "PASSWORD"),
    ("zendesk", True): ("CLIENT_ID", "CLIENT_SECRET"),
}


@pytest.fixture(scope="session")
def replay(records_folder: Path) -> Iterator[Callable[[str], RunningServer]]:
    """Gives the running replay server of a system, as new."""
    servers: dict[str, RunningServer] = {}

    def give(system: Any) -> RunningServer:
        if system not in servers:
            servers[system] = start(system, records_folder, NOW, CREDENTIALS)
        servers[system].set_faults()
        servers[system].set_clock(NOW)
        return servers[system]

    yield give
    for server in servers.values():
        server.stop()
