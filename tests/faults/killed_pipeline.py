"""The pipeline as a person runs it at a terminal, with its servers, and a hand that kills any process of it."""

import contextlib
import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

import psutil
import psycopg

from schoolward.district import load_district
from schoolward.home import home
from schoolward.platform import embedded
from schoolward.platform.sample_home import SampleHome
from schoolward.platform.sample_systems import SampleSystems
from schoolward.platform.supervisor import Child, Supervisor
from schoolward.warehouse.connection import url
from schoolward.warehouse.setup import prepare

SOURCES = ("sis", "helpdesk", "facilities_desk", "hr", "registers")
STEPS: tuple[tuple[str, ...], ...] = (*(("ingest", source) for source in SOURCES), ("transform",), ("alert",))
STEP_TIMEOUT_S = 300
TRIES = 12


@dataclass
class Pipeline:
    """A small district in a state folder of its own: PostgreSQL, source systems and mailbox run, steps are run one by one."""

    systems: SampleSystems
    servers: list[Child]
    environment: dict[str, str]
    seconds: dict[str, float] = field(default_factory=dict)
    """How long each step took when nothing disturbed it, by its place in the run."""

    def advance_to(self, checkpoint: int) -> None:
        """Set the sources' clock, once those that were killed are back."""
        deadline = time.monotonic() + 60
        while not all(server.is_healthy() for server in self.servers):
            assert time.monotonic() < deadline, "a killed server did not come back"
            time.sleep(0.1)
        self.systems.advance_to(checkpoint)

    def run(self, place: str, step: tuple[str, ...]) -> None:
        """One step, undisturbed."""
        started = time.monotonic()
        done = subprocess.run(
            self._command(step), env=self.environment, timeout=STEP_TIMEOUT_S, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{step}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        self.seconds[place] = time.monotonic() - started

    def run_killing(self, step: tuple[str, ...], lasts: float, n_kills: int, chance: random.Random) -> list[str]:
        """One step, killed ``n_kills`` times at moments spread over its usual length and started again until it ends well.

        Returns:
            What was killed.
        """
        killed: list[str] = []
        for _ in range(TRIES + n_kills):
            process = subprocess.Popen(
                self._command(step), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
            if len(killed) < n_kills:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(chance.uniform(0.05, 0.95) * lasts)
                if process.poll() is None:
                    killed.append(self._kill_one(process, chance))
            said, _ = process.communicate(timeout=STEP_TIMEOUT_S)
            embedded.start(durable=False, say=lambda _: None)
            if process.returncode == 0 and len(killed) == n_kills:
                return killed
        raise AssertionError(f"{step} did not end well again after {killed}: {said[-2000:]}")

    def send_what_waits(self) -> None:
        """Let the minute pass after which a mail that met a dead mail server is tried again."""
        with psycopg.connect(url("owner")) as connection:
            connection.execute("update alerts.outbox set due_at = now() where state = 'queued'")
        self.run("the next alert", ("alert",))

    def _kill_one(self, step: subprocess.Popen[str], chance: random.Random) -> str:
        """SIGKILL the step itself, PostgreSQL's main process, one of its sessions, or a source system; start it again."""
        kinds = {"step": 4, "postgres": 2, "session": 2, "server": 2}
        kind = chance.choices(list(kinds), list(kinds.values()))[0]
        if kind == "step":
            step.kill()
            return f"{step.args[1]}"  # type: ignore[index]
        if kind == "server":
            server = chance.choice([one for one in self.servers if one.is_alive()])
            server.kill()  # its supervisor brings it back
            return server.name
        postmaster = psutil.Process(int((home() / "postgres/data/postmaster.pid").read_text().split()[0]))
        sessions = [one for one in postmaster.children() if "schoolward" in " ".join(one.cmdline())]
        victim = chance.choice(sessions) if kind == "session" and sessions else postmaster
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
        embedded.start(durable=False, say=lambda _: None)
        return "postgres" if victim is postmaster else "a session of postgres"

    @staticmethod
    def _command(step: tuple[str, ...]) -> list[str]:
        return [str(Path(sys.executable).parent / "schoolward"), *step]


@contextlib.contextmanager
def pipeline(folder: Path, records: Path) -> Iterator[Pipeline]:
    """A pipeline over a records folder, its warehouse prepared and empty."""
    with mock.patch.dict(os.environ):
        for name in [name for name in os.environ if name.startswith(("SCHOOLWARD_", "AIRFLOW"))]:
            del os.environ[name]
        os.environ |= {"SCHOOLWARD_HOME": str(folder), "SCHOOLWARD_SECRET_STUDENT_KEY": "the same for both runs"}
        (home() / "records").symlink_to(records)
        sample_home = SampleHome.choose("lakeside")
        sample_home.start_making(print)()
        systems = SampleSystems(lambda _: None)
        supervisor = Supervisor(lambda _: None)
        try:
            embedded.start(durable=False, say=lambda _: None)
            prepare(load_district())
            servers = systems.children(dict(os.environ))
            supervisor.start(*servers)
            supervisor.wait_healthy(60)
            yield Pipeline(systems, servers, {**os.environ, **systems.connections()})
        finally:
            supervisor.stop()
            embedded.stop()


WALL_CLOCK_AND_COUNTERS = frozenset(
    {
        "_load_id", "load_id", "last_load_id", "message_id", "action_id", "quarantine_id", "n_attempts",
        "started_at", "finished_at", "created_at", "due_at", "delivered_at", "acted_at", "enqueued_at", "published_at",
        "first_seen_at", "last_seen_at", "seen_at", "opened_at", "resolved_at", "escalated_at", "version_id", "recorded_at",
        "changed_at", "computed_at",
    }
)  # fmt: skip
"""Columns, and keys of JSON, that may differ between two runs: load ids, other counters, and moments of the wall clock."""
NOT_COMPARED = frozenset(
    {
        "ops.load", "ops.drift", "core.int_new_load", "core.int_build", "core.load_moment", "core.load_day",
        "marts.data_health_day",
    }
)  # fmt: skip
"""The log of loads and what is told of it: it tells of the failed and repeated ones too, so it must differ."""


def contents() -> dict[str, list[str]]:
    """Every row of every table of the warehouse as a line of text, sorted, by table.

    Unlogged tables are left out: they are a build's scratch paper, which a crash may empty and the next build writes anew.
    """
    found: dict[str, list[str]] = {}
    with psycopg.connect(url("owner")) as connection:
        tables = connection.execute(
            """
            select
                c.oid::regclass::text,
                array_agg(
                    quote_ident(a.attname)
                    || case when a.atttypid = 'jsonb'::regtype then ' - ' || quote_literal(%(ignored)s::text) || '::text[]' else '' end
                    order by a.attnum
                ) filter (where a.attname <> all (%(ignored)s::text[]))
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            where c.relkind in ('r', 'p') and c.relpersistence = 'p' and n.nspname not in ('pg_catalog', 'information_schema')
            group by c.oid
            order by 1
            """,
            {"ignored": f"{{{','.join(sorted(WALL_CLOCK_AND_COUNTERS))}}}"},
        ).fetchall()
        for table, columns in tables:
            if table not in NOT_COMPARED and columns:
                query = f"select row({', '.join(columns)})::text from {table}"
                found[table] = sorted(line for (line,) in connection.execute(query.encode()))
    return found


def differences(expected: dict[str, list[str]], found: dict[str, list[str]]) -> list[str]:
    """A sentence for each table whose content differs, with a row of each side that the other lacks."""
    sentences = []
    for table in sorted(expected.keys() | found.keys()):
        missing = Counter(expected.get(table, ())) - Counter(found.get(table, ()))
        surplus = Counter(found.get(table, ())) - Counter(expected.get(table, ()))
        if missing or surplus:
            examples = [min(rows, default="-") for rows in (missing, surplus)]
            sentences.append(
                f"{table}: {missing.total()} rows are missing, such as {examples[0]}; "
                f"{surplus.total()} are too many, such as {examples[1]}"
            )
    return sentences
