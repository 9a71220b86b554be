"""A load that dies at any step leaves no trace, and the next one ends where an undisturbed one would have."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.integration.landing.scripted import THINGS, ScriptedPull, Thing, day, page, source_of

from schoolward.errors import SchoolwardError
from schoolward.ingest.run import load
from schoolward.sources.base import Page, Reject
from schoolward.warehouse.connection import connect

Warehouse = psycopg.Connection[Any]


def first() -> ScriptedPull:
    rows = [Thing(thing_id=f"t{i}", size=i) for i in range(6)]
    return ScriptedPull([page(*rows[:3]), page(*rows[3:], rows[0])], at=day(0), cursor={"n": 1}, is_whole=True)


def second() -> ScriptedPull:
    """New, changed, unchanged, deleted, quarantined and drifted rows at once."""
    rows = [Thing(thing_id="t0", size=0), Thing(thing_id="t1", size=10), Thing(thing_id="t9", size=9)]
    odd = page(
        *rows[2:], n_received=2, rejects=(Reject("t2", "size: expected int", {}),), new_fields=frozenset({"colour"})
    )
    return ScriptedPull([page(*rows[:2]), odd], at=day(1), cursor={"n": 2}, is_whole=True)


def contents(warehouse: Warehouse) -> list[Any]:
    """Everything a load writes, without load ids and wall-clock times."""
    statements = (
        "select thing_id, size, _source, _seen_from, _seen_to, _is_current, _is_deleted, _fingerprint from raw_servicenow.thing"
        " order by 1, 4",
        "select source, stream, cursor, source_at, is_complete from ops.watermark",
        "select source, stream, mode, status, source_at, n_seen, n_new, n_changed, n_unchanged, n_deleted, n_quarantined, message"
        " from ops.load order by load_id",
        "select source, stream, seen_at, record_key, reason from ops.quarantine",
        "select source, stream, field, kind, first_seen_at from ops.drift",
    )
    return [warehouse.execute(statement).fetchall() for statement in statements]


@pytest.fixture
def witness(loader: Warehouse) -> Warehouse:
    """A connection that outlives the one under test."""
    return loader


@pytest.fixture
def undisturbed(witness: Warehouse) -> list[Any]:
    """What two loads without a crash leave; the tables are empty again."""
    with connect("loader", autocommit=True) as warehouse:
        source = source_of(first(), second())
        load(warehouse, source, THINGS, "incremental")
        load(warehouse, source, THINGS, "incremental")
    found = contents(witness)
    for table in ("raw_servicenow.thing", "ops.load", "ops.watermark", "ops.quarantine", "ops.drift"):
        witness.execute(f"delete from {table}".encode())
    return found


class DeathAtStep:
    """Cuts the loader's connection at its n-th step, as the death of its process would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse, n: int, *, after: bool) -> None:
        self._warehouse, self._n, self._after, self.n_steps = warehouse, n, after, 0
        self._wrap(monkeypatch, psycopg.Connection, "execute", lambda connection: connection)
        self._wrap(monkeypatch, psycopg.Copy, "write", lambda copy: copy.connection)

    def _wrap(
        self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, connection_of: Callable[[Any], Any]
    ) -> None:
        original = getattr(owner, name)

        def stepped(subject: Any, *args: Any, **more: Any) -> Any:
            connection = connection_of(subject)
            if connection is not self._warehouse:
                return original(subject, *args, **more)
            self.n_steps += 1
            dies = self.n_steps == self._n
            if dies and not self._after:
                connection.pgconn.finish()
            found = original(subject, *args, **more)
            if dies and self._after:
                connection.pgconn.finish()
            return found

        monkeypatch.setattr(owner, name, stepped)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_death_at_any_step_leaves_no_trace_and_a_rerun_ends_the_same(
    witness: Warehouse, undisturbed: list[Any], after: bool
) -> None:
    script = [first, second]
    for number, pull in enumerate(script):
        n = 0
        while True:
            n += 1
            before = contents(witness)
            with pytest.MonkeyPatch.context() as patch, connect("loader", autocommit=True) as warehouse:
                death = DeathAtStep(patch, warehouse, n, after=after)
                with suppress(SchoolwardError):
                    load(warehouse, source_of(pull()), THINGS, "incremental")
                if death.n_steps < n:
                    break
            now = contents(witness)
            if now != before:  # the cut came after the commit: while the lock was given back
                assert now[2][-1][3] == "done"
                break
        assert n > 8, "the load took fewer steps than it has"
        load_is_done = len(contents(witness)[2]) == number + 1
        assert load_is_done
    assert contents(witness) == undisturbed


class DeadlyPull(ScriptedPull):
    """Kills its process before the n-th page, at the latest when all have been given."""

    n_pages = 0

    def __iter__(self) -> Iterator[Page]:
        for number, found in enumerate(super().__iter__()):
            if number == self.n_pages:
                break
            yield found
        os.kill(os.getpid(), signal.SIGKILL)


def die_at_page(n_pages: int, pull: ScriptedPull) -> None:
    """Load in this process until it dies."""
    pull.__class__, DeadlyPull.n_pages = DeadlyPull, n_pages
    with connect("loader", autocommit=True) as warehouse:
        load(warehouse, source_of(pull), THINGS, "incremental")


@pytest.mark.parametrize("n_pages", [0, 1, 2])
@pytest.mark.parametrize("is_second", [False, True], ids=["first load", "second load"])
def test_a_killed_process_leaves_no_trace_and_gives_the_lock_back(
    witness: Warehouse, undisturbed: list[Any], n_pages: int, is_second: bool
) -> None:
    if is_second:
        load(witness, source_of(first()), THINGS, "incremental")
    before = contents(witness)
    program = f"from {__name__} import *; die_at_page({n_pages}, {'second' if is_second else 'first'}())"
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    killed = subprocess.run(
        [sys.executable, "-c", program], env=environment, timeout=60, capture_output=True, text=True
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert contents(witness) == before
    for pull in [second()] if is_second else [first(), second()]:
        load(witness, source_of(pull), THINGS, "incremental")
    assert contents(witness) == undisturbed
