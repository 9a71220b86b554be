"""Whatever is pulled, however it is cut into pages: the raw table tells the same history as a model in memory."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.integration.landing.scripted import THINGS, ScriptedPull, Thing, day, page, source_of

from schoolward.ingest.loader import DeletionGuardError
from schoolward.ingest.run import load

TICK = timedelta(microseconds=1)
KEYS, NAMES = "abcd", ("1", "2", None)


@dataclass(frozen=True)
class Question:
    """One pull: the source's day, the rows it gave, page by page, and whether they were everything."""

    day: int
    pages: tuple[tuple[tuple[str, str | None], ...], ...]
    is_whole: bool

    def pull(self) -> ScriptedPull:
        pages = [page(*(Thing(thing_id=key, name=name) for key, name in rows)) for rows in self.pages]
        return ScriptedPull(pages, at=day(self.day), is_whole=self.is_whole, cursor={"day": self.day})


@dataclass
class Version:
    name: str | None
    seen_from: datetime
    seen_to: datetime | None = None
    is_deleted: bool = False


class Model:
    """The history as it should be, in a dictionary."""

    def __init__(self) -> None:
        self.versions: dict[str, list[Version]] = {}

    def land(self, question: Question) -> bool:
        """Take one pull in; False when it must be refused because it would empty the table."""
        given_rows = {key: name for rows in question.pages for key, name in rows}
        absent = (
            [k for k, v in self.versions.items() if not v[-1].is_deleted and k not in given_rows]
            if question.is_whole
            else []
        )
        if absent and not given_rows:
            return False
        for key, name in given_rows.items():
            self._see(key, name, question.day, is_deleted=False)
        for key in absent:
            self._see(key, self.versions[key][-1].name, question.day, is_deleted=True)
        return True

    def _see(self, key: str, name: str | None, at_day: int, *, is_deleted: bool) -> None:
        known = self.versions.setdefault(key, [])
        at = day(at_day)
        if known:
            last = known[-1]
            if (last.name, last.is_deleted) == (name, is_deleted):
                return
            at = last.seen_to = max(at, last.seen_from + TICK)
        known.append(Version(name, at, is_deleted=is_deleted))

    def rows(self) -> list[tuple[Any, ...]]:
        return [
            (key, v.name, v.seen_from, v.seen_to, v.seen_to is None, v.is_deleted)
            for key in sorted(self.versions)
            for v in self.versions[key]
        ]


rows = st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(NAMES)), max_size=5).map(tuple)
questions = st.builds(
    Question, day=st.integers(0, 6), pages=st.lists(rows, min_size=1, max_size=3).map(tuple), is_whole=st.booleans()
)


def history(warehouse: psycopg.Connection[Any]) -> list[tuple[Any, ...]]:
    return warehouse.execute(
        "select thing_id, name, _seen_from, _seen_to, _is_current, _is_deleted from raw_servicenow.thing order by 1, 3"
    ).fetchall()


def afresh(warehouse: psycopg.Connection[Any]) -> None:
    for table in ("raw_servicenow.thing", "ops.load", "ops.watermark"):
        warehouse.execute(f"delete from {table}".encode())


def ask(warehouse: psycopg.Connection[Any], question: Question) -> int | None:
    """Keys whose history grew; None when the pull was refused."""
    try:
        return load(warehouse, source_of(question.pull()), THINGS, "incremental").n_changed_rows
    except DeletionGuardError:
        return None


bounded = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@bounded
@given(st.lists(questions, min_size=1, max_size=6))
def test_history_is_the_models_and_a_rerun_changes_nothing(
    loader: psycopg.Connection[Any], asked: list[Question]
) -> None:
    afresh(loader)
    model = Model()
    for question in asked:
        is_landed = model.land(question)
        assert (ask(loader, question) is not None) == is_landed
        assert history(loader) == model.rows()
        if is_landed:
            assert ask(loader, question) == 0
            assert history(loader) == model.rows()


@bounded
@given(st.lists(questions, min_size=1, max_size=6))
def test_intervals_of_a_key_touch_and_never_overlap_and_neighbours_differ(
    loader: psycopg.Connection[Any], asked: list[Question]
) -> None:
    afresh(loader)
    for question in asked:
        ask(loader, question)
    found = history(loader)
    for one, two in pairwise(found):
        if one[0] == two[0]:
            assert one[2] < one[3] == two[2]
            assert (one[1], one[5]) != (two[1], two[5])
    assert all((row[3] is None) == row[4] for row in found)


@bounded
@given(rows, st.lists(st.integers(1, 4), min_size=1, max_size=5), st.booleans())
def test_where_pages_are_cut_makes_no_difference(
    loader: psycopg.Connection[Any], given_rows: tuple[tuple[str, str | None], ...], sizes: list[int], is_first: bool
) -> None:
    found = []
    for cut in ([len(given_rows)], sizes):
        afresh(loader)
        if not is_first:
            ask(loader, Question(0, ((("z", "1"),),), is_whole=False))
        pages, rest = [], given_rows
        for size in [*cut, len(given_rows)]:
            pages.append(rest[:size])
            rest = rest[size:]
        ask(loader, Question(1, tuple(pages), is_whole=False))
        found.append(history(loader))
    assert found[0] == found[1]


@bounded
@given(st.lists(rows, min_size=1, max_size=6), st.integers(1, 8))
def test_a_first_load_cut_in_chunks_tells_what_its_chunks_would_tell_as_pulls(
    loader: psycopg.Connection[Any], given_pages: list[tuple[tuple[str, str | None], ...]], chunk_rows: int
) -> None:
    afresh(loader)
    model, chunk = Model(), list[tuple[str, str | None]]()
    for number, given_rows in enumerate(given_pages, 1):
        chunk += given_rows
        if len(chunk) >= chunk_rows or number == len(given_pages):
            model.land(Question(0, (tuple(chunk),), is_whole=False))
            chunk = []
    pages = [
        page(*(Thing(thing_id=key, name=name) for key, name in given_rows), resume={"page": number})
        for number, given_rows in enumerate(given_pages)
    ]
    source = source_of(ScriptedPull(pages, at=day(0), cursor={"end": 1}))
    load(loader, source, THINGS, "incremental", chunk_rows=chunk_rows)
    assert history(loader) == model.rows()


@pytest.mark.parametrize("days_per_pull", [1, 7, 28])
def test_an_event_log_lands_each_version_once_however_the_pulls_are_cut(
    loader: psycopg.Connection[Any], days_per_pull: int
) -> None:
    """Rows that never change (audit events, log lines) give one table, pulled daily, weekly or in one go."""
    events = [(f"e{d:02}{n}", str(n)) for d in range(28) for n in range(3)]
    for start in range(0, 28, days_per_pull):
        overlap = max(0, start * 3 - 2)
        ask(loader, Question(start, (tuple(events[overlap : (start + days_per_pull) * 3]),), is_whole=False))
    assert [(row[0], row[1], row[4]) for row in history(loader)] == [(key, name, True) for key, name in events]
