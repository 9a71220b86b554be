"""What a source module is: typed records, streams, and pulls of pages.

A record declares the only fields that are ever decoded; it drives the raw table, the dbt source and the docs.
A pull answers "what changed since" as pages of bounded size; the loader in :mod:`schoolward.ingest` lands them.
"""

import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from typing import TYPE_CHECKING, Any

import msgspec

from schoolward.errors import AccessRefusedError, SchoolwardError, UnreachableError

if TYPE_CHECKING:
    from schoolward.connections import Connection
    from schoolward.district import District, SourceConfig


class Hashed(str):
    """A person's identifier that never leaves the decoder in clear: the keyed hash (HMAC-SHA-256, hex) of the vendor's value."""

    __slots__ = ()


class Record(msgspec.Struct, kw_only=True, frozen=True, gc=False):
    """One vendor record, reduced to the fields we may hold. Field names are column names; ``msgspec.field(name=…)`` gives the vendor's."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a stream's raw table, derived from its record."""

    name: str
    vendor_name: str
    sql_type: str
    is_required: bool


@dataclass(frozen=True, slots=True)
class Stream:
    """One kind of record of one system; lands in ``raw_<system>.<name>`` (students': ``student.<system>_<name>``)."""

    system: str
    name: str
    record: type[Record]
    key: tuple[str, ...]
    description: str
    is_student: bool = False
    is_optional: bool = False
    """A refusal (403) skips the stream and says so, instead of failing the source."""
    is_small: bool = False
    """A page or two however long the years: one task pulls all such streams of a source, as starting a task costs more."""
    is_log: bool = False
    """Append-only: the source adds rows and takes none back, so that a reconcile sweep reads the last days of it alone."""
    lookups: tuple[str, ...] = ()
    """Columns by which models look rows up, of every version; each gets an index."""

    @property
    def schema(self) -> str:
        return "student" if self.is_student else f"raw_{self.system}"

    @property
    def table(self) -> str:
        return f"{self.system}_{self.name}" if self.is_student else self.name

    @property
    def columns(self) -> tuple[Column, ...]:
        return _columns(self.record)


_SQL_TYPES: Mapping[Any, str] = {
    str: "text",
    Hashed: "text",
    int: "bigint",
    float: "double precision",
    bool: "boolean",
    date: "date",
    datetime: "timestamptz",
    list[str]: "text[]",
    list[int]: "bigint[]",
}


def _columns(record: type[Record]) -> tuple[Column, ...]:
    hints = typing.get_type_hints(record)
    return tuple(
        Column(f.name, f.encode_name, _sql_type(record, f.name, hints[f.name]), f.required)
        for f in msgspec.structs.fields(record)
    )


def _sql_type(record: type[Record], name: str, hint: Any) -> str:
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        [hint] = [a for a in typing.get_args(hint) if a is not type(None)]
    try:
        return _SQL_TYPES[hint]
    except KeyError:
        raise TypeError(
            f"{record.__name__}.{name}: {hint!r} has no column type; use one of {list(_SQL_TYPES)}"
        ) from None


@dataclass(frozen=True, slots=True)
class Reject:
    """A record that failed typed decoding: its key where readable, why, and its allow-listed fields only."""

    key: str | None
    reason: str
    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """Records as one answer of the source gave them."""

    records: Sequence[Record]
    n_received: int
    """Vendor rows in this answer, malformed and filtered ones included: what completeness counts."""
    rejects: Sequence[Reject] = ()
    new_fields: frozenset[str] = frozenset()
    """Vendor fields that no record declares, by name."""
    vanished_fields: frozenset[str] = frozenset()
    """Declared, optional vendor fields that no row of the answer carries."""
    resume: Mapping[str, Any] | None = None
    """A cursor from which a later pull goes on behind this page; None where the source cannot."""


class Pull(ABC):
    """One question "what changed" put to a source, answered page by page."""

    source_at: datetime
    """The source's own clock (UTC) when the pull began; set once the first page has been yielded."""
    n_told: int | None = None
    """How many rows the source says the question has; None where it does not tell. Final once exhausted."""
    cursor: Mapping[str, Any] | None = None
    """The watermark to keep once every page has landed; set when exhausted."""
    is_whole: bool = False
    """True when the pages together are the whole truth, so that a key not seen is a deletion."""
    gone_keys: Sequence[tuple[Any, ...]] = ()
    """Keys, in the order of the stream's key columns, that the source says it deleted; final once exhausted."""
    has_more: bool = False
    """True when a further question is already waiting behind this one (the next file of a folder); final once exhausted."""

    @abstractmethod
    def __iter__(self) -> Iterator[Page]:
        """Yield the pages in a stable order.

        Raises:
            SourceError: with one sentence, when the source refuses, vanishes or contradicts itself.
        """


@dataclass
class Source(ABC):
    """A configured source system: how to sign in, page, and ask what changed."""

    district: "District"
    config: "SourceConfig"
    connection: "Connection"
    hash_key: bytes = field(repr=False)

    @abstractmethod
    def streams(self) -> tuple[Stream, ...]:
        """The streams this source is configured to give (a subset of the module's STREAMS)."""

    @abstractmethod
    def pull(
        self,
        stream: Stream,
        *,
        cursor: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        full: bool = False,
    ) -> Pull:
        """Ask for what changed since the cursor (less the overlap), since a given instant, or (``full``) for everything."""

    @abstractmethod
    def check(self) -> Sequence[str]:
        """Sign in and probe; findings as sentences, empty when all is well."""

    def close(self) -> None:  # noqa: B027 - a source without connections has nothing to close
        """Release pooled connections."""


SYSTEMS: Mapping[str, str] = {
    "oneroster": "schoolward.sources.oneroster",
    "servicenow": "schoolward.sources.servicenow",
    "zendesk": "schoolward.sources.zendesk",
    "edfi": "schoolward.sources.edfi",
    "csv_drop": "schoolward.sources.csv_drop",
}
"""Module per system. A module offers ``STREAMS: tuple[Stream, ...]``, ``SOURCE: type[Source]`` and
``check_options(options: Mapping[str, Any]) -> list[str]`` (one sentence per mistake, without the place). One whose options models
read offers ``model_options(options) -> Iterable[tuple[str, str]]`` too."""


def streams_of(system: str) -> tuple[Stream, ...]:
    """All streams a system's module declares."""
    module = import_module(SYSTEMS[system])
    streams: tuple[Stream, ...] = module.STREAMS
    return streams


def all_streams() -> tuple[Stream, ...]:
    """The streams of every system, in a stable order."""
    return tuple(s for system in SYSTEMS for s in streams_of(system))


def model_options(system: str, options: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """The options of a source that models read, a pair for each value, its module's defaults filled in."""
    read = getattr(import_module(SYSTEMS[system]), "model_options", None)
    return tuple(read(options)) if read else ()


def open_source(district: "District", name: str) -> Source:
    """The configured source of that name, with its connection and the students' hash key."""
    from schoolward.connections import connection
    from schoolward.secrets import secret

    config = district.source(name)
    source_class: type[Source] = import_module(SYSTEMS[config.system]).SOURCE
    return source_class(district, config, connection(config.connection), secret("student_key").encode())


def stream_findings(streams: Iterable[Stream], ask: Callable[[Stream], object]) -> Sequence[str]:
    """What keeps each of a source's streams from being read, a sentence each; a source that is down is asked and told of once.

    Args:
        ask: puts a small question about a stream to the source, and raises SchoolwardError when that does not work.
    """
    findings = []
    for stream in streams:
        try:
            ask(stream)
        except AccessRefusedError as error:
            findings.append(f"{error}{' This stream is optional and will be skipped.' if stream.is_optional else ''}")
        except UnreachableError as error:
            findings.append(str(error))
            break
        except SchoolwardError as error:
            findings.append(str(error))
    return tuple(dict.fromkeys(findings))


def stream_named(source: Source, name: str) -> Stream:
    """The source's stream of that name.

    Raises:
        SchoolwardError: naming the streams there are.
    """
    found = {s.name: s for s in source.streams()}
    if name not in found:
        raise SchoolwardError(
            f"Source {source.config.name!r} has no stream {name!r}; it has {', '.join(found)}. Name one of these."
        )
    return found[name]
