"""A made-up source whose pulls a test scripts page by page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.sources.base import Page, Pull, Record, Source, Stream

START = datetime(2025, 8, 11, 6, tzinfo=UTC)


class Thing(Record, frozen=True):
    """A record with a column of every type."""

    thing_id: str
    name: str | None = None
    size: int | None = None
    weight: float | None = None
    is_open: bool | None = None
    made_at: datetime | None = None
    tags: list[str] | None = None


class Learner(Record, frozen=True):
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


def source_of(*script: ScriptedPull, name: str = "desk", **options: Any) -> ScriptedSource:
    """A source that answers with the given pulls, in order."""
    config = SourceConfig(name, "servicenow", "none", "@daily", options, 60)
    return ScriptedSource(None, config, Connection("none"), b"key", script=list(script))  # type: ignore[arg-type]
