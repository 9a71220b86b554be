"""Records as PostgreSQL's COPY text, column by column.

Encoding a page a column at a time costs a third of a ``write_row`` per record: the checks that rarely find anything
(escapes, integers too wide) look once at a column instead of once at a value.
"""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import msgspec

from schoolward.sources.base import Record, Reject, Stream

Values = Sequence[Any]

NULL = r"\N"
MAX_KEY_LENGTH = 500
"""A key must fit an index row (2,704 bytes, up to four bytes a character)."""
_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r", "\0": None})
_BOOLEANS = {True: "t", False: "f", None: NULL}
_OFFSET = re.compile(r'[+-]\d\d:\d\d"')
_BIGINT = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Encoded:
    """A page as COPY text, a line a record: the record's columns, then ``_fingerprint``; no line end."""

    lines: Sequence[str]
    keys: Sequence[Hashable]
    """The records' keys, in the order of the lines."""
    rejects: tuple[Reject, ...] = ()


class RowEncoder:
    """Encodes the records of one stream."""

    def __init__(self, stream: Stream) -> None:
        self._columns = [(column.name, _ENCODERS[column.sql_type]) for column in stream.columns]
        self._bigints = [i for i, column in enumerate(stream.columns) if column.sql_type == "bigint"]
        self._bigint_lists = [i for i, column in enumerate(stream.columns) if column.sql_type == "bigint[]"]
        self._key = [i for i, column in enumerate(stream.columns) if column.name in stream.key]
        self._stream = stream

    def encode(self, records: Sequence[Record]) -> Encoded:
        """Encode records; those PostgreSQL could not hold come back as rejects.

        The fingerprint is BLAKE2b (16 bytes) of the record's encoded columns, so equal content is equal in every pull.
        """
        if not records:
            return Encoded((), ())
        columns: list[Values] = list(zip(*map(msgspec.structs.astuple, records), strict=True))
        reasons = {**self._too_wide(columns), **self._bad_keys(columns)}
        if reasons:
            rejects = tuple(_reject(self._stream, records[i], reason) for i, reason in sorted(reasons.items()))
            good = self.encode([r for i, r in enumerate(records) if i not in reasons])
            return Encoded(good.lines, good.keys, rejects)
        keys = (
            columns[self._key[0]] if len(self._key) == 1 else list(zip(*(columns[i] for i in self._key), strict=True))
        )
        return Encoded(_lines(self.texts(columns)), keys)

    def texts(self, columns: Sequence[Values]) -> list[Sequence[str]]:
        """Each column's values as COPY writes them, escaped."""
        return [encode(values) for (_, encode), values in zip(self._columns, columns, strict=True)]

    def _too_wide(self, columns: Sequence[Values]) -> dict[int, str]:
        found: dict[int, str] = {}
        for i in self._bigints:
            present = [v for v in columns[i] if v is not None]
            if present and (max(present) not in _BIGINT or min(present) not in _BIGINT):
                name = self._columns[i][0]
                found |= {
                    n: f"{name} does not fit 64 bits"
                    for n, v in enumerate(columns[i])
                    if v is not None and v not in _BIGINT
                }
        for i in self._bigint_lists:
            wide = f"an element of {self._columns[i][0]} does not fit 64 bits"
            found |= {n: wide for n, v in enumerate(columns[i]) if v and not all(e in _BIGINT for e in v)}
        return found

    def _bad_keys(self, columns: Sequence[Values]) -> dict[int, str]:
        found: dict[int, str] = {}
        for i in self._key:
            name, values = self._columns[i][0], columns[i]
            if None in values or "" in values:
                found |= {n: f"{name}, part of the key, is empty" for n, v in enumerate(values) if v is None or v == ""}
            elif isinstance(values[0], str) and max(map(len, values)) > MAX_KEY_LENGTH:
                reason = f"{name}, part of the key, is longer than {MAX_KEY_LENGTH} characters"
                found |= {n: reason for n, v in enumerate(values) if len(v) > MAX_KEY_LENGTH}
        return found


def escaped(text: str) -> str:
    """One value as COPY writes it."""
    return text.translate(_ESCAPES)


def key_text(stream: Stream, record: Record) -> str:
    """A record's key as quarantine shows it: its parts joined by ``|``."""
    return "|".join(str(getattr(record, name)) for name in stream.key)


def _reject(stream: Stream, record: Record, reason: str) -> Reject:
    fields = msgspec.to_builtins(record)
    return Reject(
        key_text(stream, record)[:MAX_KEY_LENGTH], reason, {c.name: fields[c.vendor_name] for c in stream.columns}
    )


def _lines(texts: Sequence[Sequence[str]]) -> list[str]:
    return [
        f"{line}\t{blake2b(line.encode(), digest_size=16).hexdigest()}"
        for line in map("\t".join, zip(*texts, strict=True))
    ]


def _texts(values: Values) -> Sequence[str]:
    everything = "".join(filter(None, values))
    if "\\" in everything or "\t" in everything or "\n" in everything or "\r" in everything or "\0" in everything:
        values = [v and v.translate(_ESCAPES) for v in values]
    return [NULL if v is None else v for v in values] if None in values else values


def _plain(values: Values) -> list[str]:
    return [NULL if v is None else str(v) for v in values]


def _booleans(values: Values) -> list[str]:
    return [_BOOLEANS[v] for v in values]


def _instants(values: Values) -> list[str]:
    """One instant, one text, whatever offset it came with; msgspec writes a whole column five times as fast as ``str``."""
    written = msgspec.json.encode(values).decode()
    n_present, n_utc = len(values) - values.count(None), written.count("Z")
    if n_utc < n_present:
        if n_utc or _OFFSET.search(written):
            written = msgspec.json.encode([None if v is None else _in_utc(v) for v in values]).decode()
        else:  # none has an offset: all are UTC
            written = written.replace('",', 'Z",').replace('"]', 'Z"]')
    return written[1:-1].replace('"', "").replace("null", NULL).split(",")


def _in_utc(instant: datetime) -> datetime:
    """One instant, one text, whatever the offset it came with; without an offset it is UTC."""
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _arrays(values: Values) -> Sequence[str]:
    return _texts([None if v is None else "{" + ",".join(map(_element, v)) + "}" for v in values])


def _bigint_arrays(values: Values) -> list[str]:
    return [NULL if v is None else "{" + ",".join(map(str, v)) + "}" for v in values]


def _element(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_ENCODERS: dict[str, Callable[[Values], Sequence[str]]] = {
    "text": _texts,
    "bigint": _plain,
    "double precision": _plain,
    "boolean": _booleans,
    "date": _plain,
    "timestamptz": _instants,
    "text[]": _arrays,
    "bigint[]": _bigint_arrays,
}
