"""Hand-made marts with the contract's columns, an empty life cycle for each test, and a real mail server."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from schoolward.alerts import digest, evaluate
from schoolward.alerts.lifecycle import acknowledge
from schoolward.dbt_adapter import project_path
from schoolward.warehouse.connection import connect

WEEK = date(2026, 5, 4)
READERS = {
    "cabinet": "mailto:cabinet@lakeside.example",
    "supervisor": "mailto:chief.of.schools@lakeside.example",
    "facilities": "mailto:facilities.director@lakeside.example",
    "others": "mailto:unit.chiefs@lakeside.example",
    "engineers": "mailto:data.engineers@lakeside.example",
}

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


def digest_ddl() -> str:
    """What the page is written from: the model's own SQL as a view, and its published form, empty until a test publishes."""
    model = project_path() / "models" / "marts" / "digest" / "leadership_digest_week.sql"
    query = re.sub(r"\{\{ config\(.*?\) \}\}", "", model.read_text(), flags=re.DOTALL)
    query = re.sub(r"\{\{ ref\('(\w+)'\) \}\}", r"marts.\1", query)
    revision = "revision_no int, is_withdrawn boolean, published_at timestamptz, recorded_at timestamptz"
    return f"""
        create view marts.leadership_digest_week as {query};
        create table marts.leadership_digest_week_published (like marts.leadership_digest_week, {revision});
        create table marts.school_underserved_week_published (like marts.school_underserved_week, {revision});
    """


UNIT_NAMES = {
    "it": "Information Technology",
    "facilities": "Facilities and Maintenance",
    "hr": "Human Resources",
    "food": "Food Services",
}


def reason_row(
    school: str, rule: str = "service_ageing", unit: str | None = "it", *, week: date = WEEK, flagged: bool = True,
    breached: bool | None = None, status: str | None = None, as_of: datetime | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    is_breached = flagged if breached is None else breached
    kind = rule.partition("_")[0]
    return {
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


@dataclass
class Marts:
    """Writes weeks into the marts as dbt would."""

    connection: psycopg.Connection[Any]

    def insert(self, table: str, **values: Any) -> None:
        self.copy(table, [values])

    def copy(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        columns = ", ".join(rows[0])
        with self.connection.cursor().copy(f"copy marts.{table} ({columns}) from stdin") as copy:
            for row in rows:
                copy.write_row(list(row.values()))

    def reason(self, school: str, rule: str = "service_ageing", unit: str | None = "it", **more: Any) -> None:
        self.copy("school_underserved_reason_week", [reason_row(school, rule, unit, **more)])

    def next_week(
        self, week: date, flagged: Sequence[str], schools: Sequence[str], rule: str = "service_ageing"
    ) -> None:
        """A whole week of one rule and unit."""
        rows = [reason_row(school, rule, week=week, flagged=school in flagged) for school in schools]
        self.copy("school_underserved_reason_week", rows)

    def clear(self) -> None:
        for table in (
            "school_underserved_reason_week",
            "school_underserved_week",
            "partnership_school_week",
            "service_school_unit_week",
            "leadership_digest_week_published",
            "school_underserved_week_published",
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


def live_twelve_weeks(marts: Marts) -> Callable[[], None]:
    """Twelve weeks of sixty schools in six networks and four units, flags in the last; calling it adds the week ``WEEK``."""
    for back in range(12, 0, -1):
        _live_week(marts, back)
    return lambda: _live_week(marts, 0)


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
        evaluate(warehouse.district)
        digest(warehouse.district)
        rows = owner.rows(
            "select target, subject, body from alerts.outbox where idempotency_key like %s", [f"digest:{WEEK}:%"]
        )
        yield Written(owner, {row["target"]: row for row in rows})


def _name(i: int) -> str:
    first = ["Maple", "Harbor", "Lincoln", "Prairie", "Cedar", "Union", "Riverside", "Oak", "Summit", "Jefferson"][
        i % 10
    ]
    return f"{first} {['Elementary', 'Middle School', 'High School', 'Academy', 'Primary', 'Prep'][i // 10]}"


def _live_week(marts: Marts, back: int) -> None:
    week = WEEK - timedelta(weeks=back)
    schools = list(enumerate(f"school-{i:02}" for i in range(60)))
    marts.copy("partnership_school_week", [_contact_row(week, school, i, back) for i, school in schools])
    marts.copy("school_underserved_week", [_school_row(week, school, i, back) for i, school in schools])
    units = list(enumerate(UNIT_NAMES))
    marts.copy(
        "service_school_unit_week", [_unit_row(week, s, i, u, unit, back) for i, s in schools for u, unit in units]
    )
    if back < 2:
        marts.copy(
            "school_underserved_reason_week", [row for i, s in schools for row in _reason_rows(week, s, i, back)]
        )


def _contact_row(week: date, school: str, i: int, back: int) -> dict[str, Any]:
    days = 28 if i in (4, 17) else (i * 5 + back * 3) % 16 + (i == 9) * 4
    is_unknown = i % 29 == 11
    return {
        "week_start_on": week, "school_key": school, "school_name": _name(i), "network_name": f"Network {i % 6 + 1}",
        "status": "insufficient_data" if is_unknown else "ok",
        "instructional_days_since_contact": None if is_unknown else days, "data_as_of": as_of_week(week),
    }  # fmt: skip


def _school_row(week: date, school: str, i: int, back: int) -> dict[str, Any]:
    return {
        "week_start_on": week, "school_key": school, "school_name": _name(i), "network_name": f"Network {i % 6 + 1}", "need_quartile": i % 4 + 1,
        "is_partnership_underserved": i in (4, 17), "is_service_underserved": i in (0, 13, 17, 26, 31),
        "is_compounded": i == 17 and back < 2, "status": "ok", "data_as_of": as_of_week(week),
    }  # fmt: skip


def _unit_row(week: date, school: str, i: int, u: int, unit: str, back: int) -> dict[str, Any]:
    n_due = 2 + (i * 7 + back * 3 + u) % 5 if u < 3 else int(i == 0)
    n_missed = int((i + 2 * back + back % 5) % (3 if u == 1 else 8 - back % 4) == 0) * min(n_due, 1 + u)
    return {
        "week_start_on": week, "school_key": school, "school_name": _name(i), "unit_id": unit,
        "unit_name": UNIT_NAMES[unit], "n_promises_kept": n_due - n_missed, "n_promises_due": n_due, "n_open": (i + u) % 4,
        "n_ageing": int(u == 1 and i % 13 == 0), "status": "ok", "data_as_of": as_of_week(week),
    }  # fmt: skip


def _reason_rows(week: date, school: str, i: int, back: int) -> list[dict[str, Any]]:
    def row(rule: str, unit: str | None, flagged: bool, text: str, value: float, limit: float) -> dict[str, Any]:
        more = {"school_name": _name(i), "value": value, "act_threshold": limit, "reason_text": text}
        return reason_row(school, rule, unit, week=week, flagged=flagged, **more)

    contact = "28 instructional days since the last substantive contact; the promise is at most 15."
    ageing = "4 requests to Facilities and Maintenance are open past twice their promised time; the limit is 2."
    kept = "7 of 12 requests to Information Technology were resolved as promised (58 %); the promise is 75 %."
    urgent = "1 urgent request to Information Technology is past its promised time."
    unmanaged = "Human Resources has had no case manager here for 9 working days; at most 5 were promised."
    return [
        row("partnership_contact_gap", None, i in (4, 17), contact, 28, 15),
        row("service_ageing", "facilities", i in (0, 13, 17, 26 + back), ageing, 4, 2),
        row("service_promise_kept", "it", i == 31 and back == 0, kept, 0.58, 0.75),
        row("service_urgent_overdue", "it", i == 45 and back == 0, urgent, 1, 0),
        row("service_no_case_manager", "hr", i >= 20, unmanaged, 9, 5),
    ]
