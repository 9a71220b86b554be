"""Alerts from made-up marts to a mail server, in processes that a test may kill at any moment; each starts in a few milliseconds.

They are forked from a server that has imported everything, so that a kill strikes the work and not the imports.
"""

import asyncio
import json
import multiprocessing
import os
import random
import re
import signal
import socket
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
from aiosmtpd.smtp import SMTP
from psycopg.rows import dict_row
from tests.integration.alerts.made_up_marts import Marts, as_of_week, reason_row

from schoolward.alerts import deliver, digest, evaluate, pictures, transports
from schoolward.alerts.outbox import Picture
from schoolward.district import load_district
from schoolward.sample.mailbox import FolderMailbox

FIRST_WEEK = date(2026, 1, 5)
SCHOOLS = [f"school-{i:02}" for i in range(10)]
RULES = ("service_ageing", "service_urgent_overdue", "partnership_contact_gap")
DISTRICT = """
    [district]
    id = "killed"
    name = "Killed Public Schools"
    timezone = "America/Chicago"
    [calendar]
    holidays = "US"
    [[unit]]
    id = "it"
    name = "Information Technology"
    groups = ["IT Service Desk"]
    hours = "Mon-Fri 07:30-16:30"
    [[recipient]]
    role = "superintendent"
    name = "Cabinet"
    to = "mailto:cabinet@killed.example"
    [[recipient]]
    role = "ild_supervisor"
    name = "Chief of Schools"
    to = "mailto:chief@killed.example"
    [[recipient]]
    role = "unit_chief"
    name = "Chief Information Officer"
    to = "mailto:cio@killed.example"
    unit = "it"
    [[recipient]]
    role = "unit_chief"
    name = "Deputy"
    to = "mailto:deputy@killed.example"
    unit = "it"
    [delivery]
    sender = "Schoolward <schoolward@killed.example>"
"""

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.faults.killed_delivery"])
Environment = Mapping[str, str]


def live_week(marts: Marts, n: int) -> None:
    """The n-th week: at each rule some schools slip that did not the week before, and others have recovered."""
    week = FIRST_WEEK + timedelta(weeks=n)
    at = {"week_start_on": week, "data_as_of": as_of_week(week)}
    names = [{"school_key": s, "school_name": f"{s.title()} School", "network_name": "North"} for s in SCHOOLS]
    marts.copy("school_underserved_week", [at | name | {"need_quartile": 2, "status": "ok"} for name in names])
    contact = {"status": "ok", "instructional_days_since_contact": 5}
    marts.copy("partnership_school_week", [at | name | contact for name in names])
    unit = {"unit_id": "it", "unit_name": "Information Technology", "n_open": 3, "n_ageing": 1, "status": "ok"}
    unit |= {"n_promises_kept": 6, "n_promises_due": 8}
    schools = [{k: v for k, v in name.items() if k != "network_name"} for name in names]
    marts.copy("service_school_unit_week", [at | school | unit for school in schools])
    marts.copy(
        "school_underserved_reason_week",
        [
            reason_row(school, rule, "it", week=week, flagged=(i + n + r) % 4 == 0)
            for r, rule in enumerate(RULES)
            for i, school in enumerate(SCHOOLS)
        ],
    )


# -- what runs in the processes


def _work(environment: Environment, district_file: Path, now: datetime, dies_after_mail: int | None) -> None:
    """Evaluate, write the digest, deliver; with a number, the process kills itself between that mail's acceptance and its commit."""
    os.environ.clear()
    os.environ.update(environment)
    # Drawing takes nine tenths of a run and writes nothing: kills would seldom strike what they could tear.
    for draw in ("promises_kept", "days_since_contact", "contact_by_network", "bars"):
        setattr(pictures, draw, lambda *given: Picture(given[-1], "a picture", b"a picture"))
    district = load_district(district_file)
    if dies_after_mail is not None:
        _die_after_mail(dies_after_mail)
    evaluate(district)
    digest(district)
    deliver(district, now)


def _die_after_mail(n: int) -> None:
    send, sent = transports.Smtp.send, Counter[str]()

    def send_and_die(self: transports.Smtp, message: transports.Message) -> None:
        send(self, message)
        sent["mails"] += 1
        if sent["mails"] == n:
            os.kill(os.getpid(), signal.SIGKILL)

    transports.Smtp.send = send_and_die  # type: ignore[method-assign]


class _DyingMailbox(FolderMailbox):
    """Notes every mail it takes, whole, in the order of taking; dies as it is told, with the n-th mail from its start."""

    def __init__(self, folder: Path, dies: str | None, n: int) -> None:
        super().__init__(folder)
        self._log = os.open(folder.with_name("arrivals.log"), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._dies, self._left = dies, n

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:  # noqa: N802
        self._left -= 1
        if self._dies == "before keeping" and self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = await super().handle_DATA(server, session, envelope)
        message_id = message_from_bytes(envelope.content)["Message-ID"]
        os.write(self._log, f"{message_id}\n".encode())
        if self._dies == "before answering" and self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer


def _serve(folder: Path, port: int, dies: str | None, n: int) -> None:
    async def listen() -> None:
        mailbox = _DyingMailbox(folder, dies, n)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: SMTP(mailbox, hostname="mailbox"), "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(listen())


# -- the hand that kills them


@dataclass
class Office:
    """A district whose alerts are evaluated, written and sent, week by week, in processes that may be killed."""

    folder: Path
    owner: psycopg.Connection[Any]
    killed: Counter[str] = field(default_factory=Counter)
    seconds: float = 1.0
    """How long a week's work takes undisturbed."""

    def __post_init__(self) -> None:
        self.mailbox = self.folder / "mail"
        self.mailbox.mkdir(parents=True)
        self.district_file = self.folder / "district.toml"
        self.district_file.write_text(re.sub(r"(?m)^    ", "", DISTRICT))
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        smtp = {"conn_type": "smtp", "host": "127.0.0.1", "port": self.port}
        self._environment = {**os.environ, "AIRFLOW_CONN_SMTP": json.dumps(smtp)}
        self._now = datetime.now(UTC)
        self.server = self._start_server()

    def _start_server(self, dies: str | None = None, n: int = 0) -> Any:
        server = _CONTEXT.Process(target=_serve, args=(self.mailbox, self.port, dies, n), daemon=True)
        server.start()
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return server
            except OSError:
                time.sleep(0.005)
        raise AssertionError("the mail server did not listen within 20 s")

    def _start_work(self, dies_after_mail: int | None = None) -> Any:
        """Each run a day later, so that whatever a dead mail server held up is due again."""
        self._now += timedelta(days=1)
        arguments = (self._environment, self.district_file, self._now, dies_after_mail)
        process = _CONTEXT.Process(target=_work, args=arguments, daemon=True)
        process.start()
        return process

    def work(self) -> None:
        """A run that nothing disturbs."""
        started = time.monotonic()
        process = self._start_work()
        process.join(120)
        assert process.exitcode == 0, f"an undisturbed run ended with {process.exitcode}"
        self.seconds = time.monotonic() - started

    def work_struck(self, chance: random.Random) -> bool:
        """A run with one kill in it; False when the run was over before."""
        kinds: dict[str, int] = {
            "the run": 5, "the run, a mail accepted": 2, "the mail server": 2,
            "the mail server before keeping": 1, "the mail server before answering": 2,
        }  # fmt: skip
        kind = chance.choices(list(kinds), list(kinds.values()))[0]
        nth = chance.randint(1, 6)
        dies = kind.removeprefix("the mail server ")
        if dies in ("before keeping", "before answering"):
            self._stop_server()
            self.server = self._start_server(dies, nth)
        process = self._start_work(nth if kind == "the run, a mail accepted" else None)
        if kind in ("the run", "the mail server"):
            process.join(chance.uniform(0.02, 1.0) * self.seconds)
            if process.exitcode is not None:
                return False
            (process if kind == "the run" else self.server).kill()
        process.join(120)
        self.server.join(0)
        has_died = -signal.SIGKILL in (process.exitcode, self.server.exitcode)
        assert process.exitcode in (0, -signal.SIGKILL), f"a run ended with {process.exitcode}, struck at {kind}"
        self._stop_server()
        self.server = self._start_server()
        self.killed[kind] += has_died
        return has_died

    def _stop_server(self) -> None:
        self.server.kill()
        self.server.join(20)

    def close(self) -> None:
        self._stop_server()

    def work_off(self, most: int = 10) -> None:
        """Undisturbed runs until nothing waits."""
        for _ in range(most):
            self.work()
            if self.n_waiting() == 0:
                return
        raise AssertionError(f"{self.n_waiting()} messages still wait after {most} undisturbed runs")

    def n_waiting(self) -> int:
        return int(self._rows("select count(*) as n from alerts.outbox where state <> 'delivered'")[0]["n"])

    def content(self) -> dict[str, list[dict[str, Any]]]:
        """All that people are told or could look up, without row ids and moments of the wall clock."""
        ask: dict[str, str] = {
            "alerts": "select * from alerts.alert order by alert_key",
            "actions": "select alert_key, action, actor, acted_at, state_before, state_after from alerts.alert_action"
            " order by alert_key, action_id",
            "outbox": "select idempotency_key, kind, target, subject, body, state, is_urgent from alerts.outbox"
            " order by idempotency_key",
            "digests": "select week_start_on, role, target, data_as_of from alerts.digest order by 1, 2, 3",
        }
        return {name: self._rows(query) for name, query in ask.items()}

    def mails(self) -> dict[str, bytes]:
        """What the mailbox keeps, by Message-ID, without the date of writing and the borders of its parts."""
        return {p.stem: _settled(p.read_bytes()) for p in self.mailbox.glob("*.eml")}

    def arrivals(self) -> Counter[str]:
        """How often each Message-ID was taken by the mail server."""
        log = self.folder / "arrivals.log"
        return Counter(log.read_text().split())

    def _rows(self, query: str) -> list[dict[str, Any]]:
        with self.owner.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query.encode()).fetchall()


def _settled(mail: bytes) -> bytes:
    borders = set(re.findall(rb'boundary="([^"]+)"', mail))
    for border in borders:
        mail = mail.replace(border, b"border")
    return re.sub(rb"(?m)^Date: .*$", b"", mail)


@dataclass
class Told:
    """What people were told in the end, and what it took."""

    content: dict[str, list[dict[str, Any]]]
    mails: dict[str, bytes]
    arrivals: Counter[str]
    killed: Counter[str]


def live_through(
    folder: Path, marts: Marts, owner: psycopg.Connection[Any], n_weeks: int, n_kills: int, kills_a_week: int,
    chance: random.Random,
) -> Told:  # fmt: skip
    """Weeks one after the other, each struck and then worked off before the next begins."""
    office = Office(folder, owner)
    try:
        for n in range(n_weeks):
            live_week(marts, n)
            left = (
                min(kills_a_week, n_kills - office.killed.total()) if n else 0
            )  # the first tells how long a week takes
            while left > 0:
                left -= office.work_struck(chance)
            office.work_off()
        return Told(office.content(), office.mails(), office.arrivals(), office.killed)
    finally:
        office.close()
