"""A made-up source whose pulls a test scripts page by page, and a warehouse connection of the loader's role."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.ingest.raw_table import ddl
from schoolward.sources.base import Page, Pull, Record, Source, Stream
from schoolward.warehouse.connection import connect

START = datetime(2025, 8, 11, 6, tzinfo=UTC)


class Thing(Record):
    """A record with a column of every type."""

    thing_id: str
    name: str | None = None
    size: int | None = None
    weight: float | None = None
    is_open: bool | None = None
    made_at: datetime | None = None
    tags: list[str] | None = None


class Learner(Record):
    """A made-up student row."""

    learner_id: str
    grade: str | None = None


THINGS = Stream("servicenow", "thing", Thing, ("thing_id",), "Things.")
LEARNERS = Stream("oneroster", "learner", Learner, ("learner_id",), "Learners.", is_student=True)


class ScriptedPull(Pull):
    """Yields the given pages, then raises what it is told to."""

    def __init__(
        self,
        pages: Sequence[Page],
        *,
        at: datetime,
        n_told: int | None = None,
        cursor: Mapping[str, Any] | None = None,
        is_whole: bool = False,
        has_more: bool = False,
        then: BaseException | None = None,
    ) -> None:
        self._pages, self._at, self._then = pages, at, then
        self._ends_with = {"n_told": n_told, "cursor": cursor, "is_whole": is_whole, "has_more": has_more}

    def __iter__(self) -> Iterator[Page]:
        for page in self._pages:
            self.source_at = self._at
            yield page
        if self._then is not None:
            raise self._then
        for name, value in self._ends_with.items():
            setattr(self, name, value)


@dataclass
class ScriptedSource(Source):
    """Answers each question with the next scripted pull and remembers what it was asked."""

    script: list[ScriptedPull] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    def streams(self) -> tuple[Stream, ...]:
        return (THINGS, LEARNERS)

    def pull(
        self,
        stream: Stream,
        *,
        cursor: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        full: bool = False,
    ) -> Pull:
        self.asked.append({"cursor": cursor, "since": since, "full": full})
        return self.script.pop(0)

    def check(self) -> Sequence[str]:
        return ()


def page(*records: Record, resume: Mapping[str, Any] | None = None, n_received: int | None = None, **more: Any) -> Page:
    """A page of good records."""
    return Page(records, len(records) if n_received is None else n_received, resume=resume, **more)


def day(n: int) -> datetime:
    """The n-th day of the made-up source's clock."""
    return START + timedelta(days=n)


@pytest.fixture(scope="module")
def tables(warehouse: SimpleNamespace) -> None:
    """The raw tables of the made-up streams, with the rights the real ones have."""
    with psycopg.connect(warehouse.url) as owner:
        for stream in (THINGS, LEARNERS):
            owner.execute(ddl(stream).encode())


@pytest.fixture
def loader(tables: None) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the loader's role; the made-up tables and the books are empty."""
    with connect("loader", autocommit=True) as connection:
        for table in (
            "raw_servicenow.thing",
            "student.oneroster_learner",
            "ops.load",
            "ops.watermark",
            "ops.quarantine",
            "ops.drift",
        ):
            connection.execute(f"delete from {table}".encode())
        yield connection


@pytest.fixture
def source_of() -> Callable[..., ScriptedSource]:
    """Makes a source that answers with the given pulls, in order."""

    def make(*script: ScriptedPull, name: str = "desk", **options: Any) -> ScriptedSource:
        config = SourceConfig(name, "servicenow", "none", "@daily", options, 60)
        return ScriptedSource(None, config, Connection("none"), b"key", script=list(script))  # type: ignore[arg-type]

    return make
