"""Hand-made marts with the contract's columns, an empty life cycle for each test, and a real mail server."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from schoolward.warehouse.connection import connect

WEEK = date(2026, 5, 4)

MARTS_DDL = """
create table marts.school_underserved_reason_week (
    week_start_on date, school_key text, school_name text, rule_id text, flag_kind text, unit_id text, unit_name text,
    indicator_id text, value numeric, act_threshold numeric, n bigint, status text, is_breached boolean,
    n_breached_of_last_3_weeks int, is_flagged boolean, owner_role text, owner_staff_id text, informed_role text,
    reason_text text, since_on date, data_as_of timestamptz);
create table marts.school_underserved_week (
    week_start_on date, school_key text, school_name text, network_name text, need_quartile int,
    is_partnership_underserved boolean, is_service_underserved boolean, is_compounded boolean, n_reasons int,
    reasons_text text, n_open_requests bigint, instructional_days_since_contact int, log_coverage numeric, status text,
    data_as_of timestamptz);
create table marts.partnership_school_week (
    week_start_on date, school_key text, school_name text, network_name text, ild_staff_id text, principal_staff_id text,
    n_contacts int, n_substantive_contacts int, il_minutes_20_days int, instructional_days_since_contact int,
    n_windows_met int, n_windows_elapsed int, cadence_share numeric, n_unpaired_days int, n_exposure_days int,
    log_coverage numeric, status text, data_as_of timestamptz);
create table marts.service_school_unit_week (
    week_start_on date, school_key text, school_name text, unit_id text, unit_name text, n_opened int, n_resolved int,
    n_open int, n_still_waiting_first_response int, first_response_business_minutes_median numeric,
    first_response_business_minutes_p90 numeric, resolution_business_minutes_median numeric,
    resolution_business_minutes_p90 numeric, n_promises_kept int, n_promises_due int, promise_kept_share numeric,
    n_ageing int, n_urgent_overdue int, has_case_manager boolean, n_uncovered_days int, status text, data_as_of timestamptz);
"""
UNIT_NAMES = {
    "it": "Information Technology",
    "facilities": "Facilities and Maintenance",
    "hr": "Human Resources",
    "food": "Food Services",
}


@dataclass
class Marts:
    """Writes weeks into the marts as dbt would."""

    connection: psycopg.Connection[Any]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def insert(self, table: str, **values: Any) -> None:
        columns, marks = ", ".join(values), ", ".join(f"%({name})s" for name in values)
        self.connection.execute(f"insert into marts.{table} ({columns}) values ({marks})", values)

    def reason(
        self, school: str, rule: str = "service_ageing", unit: str | None = "it", *, week: date = WEEK, flagged: bool = True,
        breached: bool | None = None, status: str | None = None, as_of: datetime | None = None, **more: Any,
    ) -> None:  # fmt: skip
        is_breached = flagged if breached is None else breached
        kind = rule.partition("_")[0]
        values = {
            "week_start_on": week, "school_key": school, "school_name": f"{school.title()} School", "rule_id": rule,
            "flag_kind": kind, "unit_id": unit if kind == "service" else None,
            "unit_name": UNIT_NAMES.get(unit or "") if kind == "service" else None, "indicator_id": "D0", "value": 4,
            "act_threshold": 3, "n": 12, "status": status or ("act" if is_breached else "ok"), "is_breached": is_breached,
            "n_breached_of_last_3_weeks": 2 if flagged else 0, "is_flagged": flagged,
            "owner_role": "unit_chief" if kind == "service" else "ild_supervisor", "owner_staff_id": None,
            "informed_role": "case_manager" if kind == "service" else "ild", "since_on": week - timedelta(days=7),
            "reason_text": f"{rule} at {school}: 4 against a promise of 3, from 12 records.",
            "data_as_of": as_of or as_of_week(week),
        } | more  # fmt: skip
        self.insert("school_underserved_reason_week", **values)

    def next_week(
        self, week: date, flagged: Sequence[str], schools: Sequence[str], rule: str = "service_ageing"
    ) -> None:
        """A whole week of one rule and unit."""
        for school in schools:
            self.reason(school, rule, week=week, flagged=school in flagged)

    def clear(self) -> None:
        for table in (
            "school_underserved_reason_week",
            "school_underserved_week",
            "partnership_school_week",
            "service_school_unit_week",
        ):
            self.connection.execute(f"delete from marts.{table}")


def as_of_week(week: date) -> datetime:
    """Friday afternoon of a week, as the source clocks tell it."""
    return datetime(week.year, week.month, week.day, 20, 0, tzinfo=UTC) + timedelta(days=4)


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
            "hr": ["hr_assignment", "hr_position"],
            "registers": ["touchpoint", "case_manager"],
        }.items():
            for stream in streams:
                self.load(source, stream, age)


@pytest.fixture(scope="module")
def marts_tables(warehouse: SimpleNamespace) -> None:
    with connect("transformer") as connection:
        connection.execute(MARTS_DDL)


@pytest.fixture
def marts(warehouse: SimpleNamespace, marts_tables: None) -> Iterator[Marts]:
    with connect("transformer", autocommit=True) as connection:
        marts = Marts(connection)
        marts.clear()
        yield marts


@pytest.fixture
def owner(warehouse: SimpleNamespace, marts: Marts) -> Iterator[Owner]:
    """The life cycle emptied, every source freshly loaded."""
    with connect("owner", autocommit=True) as connection:
        connection.execute("truncate alerts.digest, alerts.alert_action, alerts.outbox, alerts.alert restart identity")
        owner = Owner(connection)
        owner.all_loads()
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
    point_smtp_at(monkeypatch, mailbox)
    yield mailbox
    mailbox.stop()


def point_smtp_at(monkeypatch: pytest.MonkeyPatch, mailbox: Mailbox, password: str = "let-me-in") -> None:
    fields = {
        "conn_type": "smtp",
        "host": mailbox.host,
        "port": mailbox.port,
        "login": "schoolward",
        "password": password,
    }
    monkeypatch.setenv("AIRFLOW_CONN_SMTP", json.dumps(fields))
