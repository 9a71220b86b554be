"""What counts as a change of a source, and as a first picture of all of them."""

from collections.abc import Callable
from types import SimpleNamespace

import psycopg
import pytest

from schoolward.warehouse.changes import missing_from_first_picture, newest_change

LOAD = """
insert into ops.load (source, system, stream, mode, status, started_at, finished_at, n_new, n_deleted)
values (%s, 'servicenow', %s, 'incremental', %s, now(), now(), %s, %s) returning load_id
"""

MARK = """
insert into ops.watermark (source, stream, load_id, is_complete) values (%s, %s, 1, %s)
on conflict (source, stream) do update set is_complete = excluded.is_complete
"""

Add = Callable[..., int]


@pytest.fixture
def add(warehouse: SimpleNamespace) -> Add:
    """Enter a load in the books; gives its id."""

    def enter(source: str, stream: str = "incident", status: str = "done", n_new: int = 0, n_deleted: int = 0) -> int:
        with psycopg.connect(warehouse.url) as connection:
            row = connection.execute(LOAD, (source, stream, status, n_new, n_deleted)).fetchone()
        assert row is not None
        return int(row[0])

    return enter


@pytest.fixture
def mark(warehouse: SimpleNamespace) -> Callable[..., None]:
    """Move a stream's watermark."""

    def move(source: str, stream: str, *, is_complete: bool) -> None:
        with psycopg.connect(warehouse.url) as connection:
            connection.execute(MARK, (source, stream, is_complete))

    return move


def newest(source: str | None) -> int | None:
    change = newest_change(source)
    return change.load_id if change else None


def test_the_newest_change_of_a_source_is_its_last_load_that_moved_rows(add: Add) -> None:
    assert newest("quiet") is None
    add("quiet")
    assert newest("quiet") is None
    deleted = add("quiet", n_deleted=1)
    add("quiet")
    add("another", n_new=5)
    assert newest("quiet") == deleted
    assert newest(None) == deleted + 2, "of any source"
    landed_before_it_failed = add("quiet", status="failed", n_new=3)
    assert newest("quiet") == landed_before_it_failed


def test_the_first_picture_is_whole_when_every_stream_has_landed_or_was_refused_for_good(
    add: Add, mark: Callable[..., None]
) -> None:
    streams = {"desk": ["incident", "audit"], "roster": ["orgs"]}
    mark("desk", "incident", is_complete=True)
    add("desk", "audit", status="failed")
    assert missing_from_first_picture(streams) == ["desk.audit", "roster.orgs"]
    add("desk", "audit", status="skipped")
    mark("roster", "orgs", is_complete=True)
    assert missing_from_first_picture(streams) == []


def test_a_first_load_that_has_landed_in_part_is_waited_for(add: Add, mark: Callable[..., None]) -> None:
    """The audit feed's first chunk once let a build begin, and its rest set off a second one and a second round of alerts."""
    streams = {"long": ["audit"]}
    add("long", "audit", n_new=50_000)
    mark("long", "audit", is_complete=False)
    assert missing_from_first_picture(streams) == ["long.audit"]
    mark("long", "audit", is_complete=True)
    assert missing_from_first_picture(streams) == []


def test_once_there_are_marts_nothing_is_waited_for(warehouse: SimpleNamespace) -> None:
    streams = {"a_new_source": ["orgs"]}
    assert missing_from_first_picture(streams) == ["a_new_source.orgs"]
    with psycopg.connect(warehouse.url) as connection:
        connection.execute("create table marts.some_week (n int)")
    assert missing_from_first_picture(streams) == []
    with psycopg.connect(warehouse.url) as connection:
        connection.execute("drop table marts.some_week")
