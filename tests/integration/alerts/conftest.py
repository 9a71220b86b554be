"""Hand-made marts, an empty life cycle for each test, and a real mail server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.integration.alerts.made_up_marts import (
    CASE_MANAGER,
    MARTS_DDL,
    WEEK,
    Marts,
    as_of_week,
    digest_ddl,
    live_twelve_weeks,
)

from schoolward.alerts import digest, evaluate
from schoolward.alerts.lifecycle import acknowledge
from schoolward.warehouse.connection import connect

READERS = {
    "cabinet": "mailto:cabinet@lakeside.example",
    "supervisor": "mailto:chief.of.schools@lakeside.example",
    "facilities": "mailto:facilities.director@lakeside.example",
    "others": "mailto:unit.chiefs@lakeside.example",
    "ild": "mailto:ild.network1@lakeside.example",
    "other_ild": "mailto:ild.network3@lakeside.example",
    "case_manager": "mailto:facilities.case.manager@lakeside.example",
    "engineers": "mailto:data.engineers@lakeside.example",
}


@dataclass
class Owner:
    """What the owner of the warehouse sees."""

    connection: psycopg.Connection[Any]

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        with self.connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, values).fetchall()

    def alerts(self) -> dict[str, dict[str, Any]]:
        return {row["alert_key"]: row for row in self.rows("select * from alerts.alert order by alert_key")}

    def content(self) -> list[Any]:
        """Everything the life cycle holds, without row ids and the wall clock: equal means nothing changed."""
        actions = (
            "select alert_key, action, acted_at, state_before, state_after from alerts.alert_action order by action_id"
        )
        outbox = "select idempotency_key, kind, target, subject, body from alerts.outbox order by message_id"
        digests = "select week_start_on, role, target from alerts.digest order by 1, 2, 3"
        return [self.alerts(), *(self.rows(q) for q in (actions, outbox, digests))]

    def load(
        self, source: str, stream: str, age: timedelta, *, source_at: datetime | None = None, status: str = "done"
    ) -> None:
        finished = datetime.now(UTC) - age
        self.connection.execute(
            "insert into ops.load (source, system, stream, mode, status, started_at, finished_at, source_at)"
            " values (%s, 'x', %s, 'incremental', %s, %s, %s, %s)",
            (source, stream, status, finished, finished, source_at or as_of_week(WEEK)),
        )

    def all_loads(self, age: timedelta = timedelta(minutes=1)) -> None:
        self.connection.execute("delete from ops.load")
        for source, streams in {
            "sis": ["orgs", "users"],
            "helpdesk": ["incident"],
            "facilities_desk": ["tickets"],
            "hr": ["hr_assignment", "hr_position"],
            "registers": ["touchpoint", "case_manager"],
        }.items():
            for stream in streams:
                self.load(source, stream, age)


@pytest.fixture(scope="module")
def marts_tables(warehouse: SimpleNamespace) -> None:
    with connect("transformer") as connection:
        connection.execute(MARTS_DDL)
        connection.execute(digest_ddl())


@contextmanager
def empty_marts() -> Iterator[Marts]:
    with connect("transformer", autocommit=True) as connection:
        marts = Marts(connection)
        marts.clear()
        yield marts


@contextmanager
def empty_life_cycle() -> Iterator[Owner]:
    """No alert, no message, and every source freshly loaded."""
    with connect("owner", autocommit=True) as connection:
        connection.execute(
            "truncate alerts.alert_version, alerts.digest, alerts.alert_action, alerts.outbox, alerts.alert restart identity"
        )
        owner = Owner(connection)
        owner.all_loads()
        yield owner


@pytest.fixture
def marts(warehouse: SimpleNamespace, marts_tables: None) -> Iterator[Marts]:
    with empty_marts() as marts:
        yield marts


@pytest.fixture
def owner(warehouse: SimpleNamespace, marts: Marts) -> Iterator[Owner]:
    with empty_life_cycle() as owner:
        yield owner


@dataclass
class Mailbox:
    """A running mail server and its folder."""

    folder: Path
    host: str
    port: int
    process: subprocess.Popen[bytes]

    def mails(self) -> list[EmailMessage]:
        found = [message_from_bytes(p.read_bytes(), policy=policy.default) for p in sorted(self.folder.glob("*.eml"))]
        return [m for m in found if isinstance(m, EmailMessage)]

    def recipients(self) -> list[str]:
        return sorted(str(m["To"]) for m in self.mails())

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def start_mailbox(folder: Path, *options: str, **environment: str) -> Mailbox:
    ready = folder.with_name(f"{folder.name}.ready.json")
    command = [
        sys.executable,
        "-m",
        "schoolward.sample.mailbox",
        "--folder",
        str(folder),
        "--port",
        "0",
        "--ready-file",
        str(ready),
    ]
    process = subprocess.Popen([*command, *options], env={**os.environ, **environment})
    deadline = time.monotonic() + 20
    while not ready.exists():
        assert process.poll() is None, "the mailbox server ended before it listened"
        assert time.monotonic() < deadline, "the mailbox server did not listen within 20 s"
        time.sleep(0.02)
    address = json.loads(ready.read_text())
    return Mailbox(folder, address["host"], address["port"], process)


@pytest.fixture
def mailbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    """A mail server that wants a login and refuses one address; connection ``smtp`` points at it."""
    mailbox = start_mailbox(
        tmp_path / "mail", "--refuse", "cio@lakeside.example", MAILBOX_USER="schoolward", MAILBOX_PASSWORD="let-me-in"
    )
    point_smtp_at(monkeypatch, mailbox, "let-me-in")
    yield mailbox
    mailbox.stop()


def point_smtp_at(monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox, password: str) -> None:
    fields = {
        "conn_type": "smtp",
        "host": mailbox.host,
        "port": mailbox.port,
        "login": "schoolward",
        "password": password,
    }
    monkeypatch.setenv("AIRFLOW_CONN_SMTP", json.dumps(fields))


@pytest.fixture
def lived_weeks(marts: Marts) -> Callable[[], None]:
    return live_twelve_weeks(marts)


@dataclass
class Written:
    """A week's digests, by the reader they are for."""

    owner: Owner
    by_target: dict[str, dict[str, Any]]

    def text(self, reader: str) -> str:
        return str(self.by_target[READERS[reader]]["body"]["text"])


@pytest.fixture(scope="module")
def written(warehouse: SimpleNamespace, marts_tables: None) -> Iterator[Written]:
    """Last week's digest written, one alert taken up, this week evaluated and its digest written."""
    with empty_marts() as marts, empty_life_cycle() as owner:
        add_this_week = live_twelve_weeks(marts)
        evaluate(warehouse.district)
        digest(warehouse.district)
        acknowledge("service_ageing/school-13/facilities/1", "director")
        add_this_week()
        for school, unit in (
            ("school-03", "facilities"),
            ("school-43", "facilities"),
            ("school-13", "it"),
            ("school-39", "facilities"),
        ):
            name = f"Quiet {school[-2:]} School"
            marts.asked_for(school, 3, 20, unit, school_name=name, case_manager_staff_id=CASE_MANAGER)
        evaluate(warehouse.district)
        digest(warehouse.district)
        rows = owner.rows(
            "select target, subject, body from alerts.outbox where idempotency_key like %s", [f"digest:{WEEK}:%"]
        )
        yield Written(owner, {row["target"]: row for row in rows})
