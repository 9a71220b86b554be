"""Every version of one kind of record, and which of them holds at an instant."""

import gzip
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from schoolward.errors import SchoolwardError
from schoolward.sample.replay.clock import instant, stamp

_STAMP_LENGTH = len("2025-08-14T13:05:00Z")


class _Line(msgspec.Struct, frozen=True, gc=False):
    at: str
    record: msgspec.Raw
    deleted: bool = False


class Timeline:
    """The versions of a table in time order; a version is spoken of by its number.

    Rows stay encoded (a view into the file's bytes) until somebody needs them: a year of audit rows is read in a second
    and takes no more memory than its text.
    """

    def __init__(self, lines: Iterable[_Line], key_field: str) -> None:
        key_type = msgspec.defstruct("_Key", [("key", str | int, msgspec.field(name=key_field))], gc=False)
        read_key = msgspec.json.Decoder(key_type)
        ordered = [(_canonical(line.at), line) for line in lines]
        if any(a[0] > b[0] for a, b in pairwise(ordered)):
            ordered.sort(key=lambda pair: pair[0])
        self.at = [at for at, _ in ordered]
        self.keys: list[str] = []
        self.is_deleted = [line.deleted for _, line in ordered]
        self._raw = [line.record for _, line in ordered]
        known: dict[str, str] = {}
        for raw in self._raw:
            key = str(read_key.decode(raw).key)  # type: ignore[attr-defined]
            self.keys.append(known.setdefault(key, key))

    def __len__(self) -> int:
        return len(self.at)

    def insert(self, version: int, at: str, key: str, record: Mapping[str, Any]) -> None:
        """A version nobody had planned, before those numbered so until now; ``at`` must fit between its neighbours."""
        self.at.insert(version, at)
        self.keys.insert(version, key)
        self.is_deleted.insert(version, False)
        self._raw.insert(version, msgspec.Raw(msgspec.json.encode(record)))

    def encoded(self, version: int) -> bytes:
        """The record as the folder holds it."""
        return bytes(self._raw[version])

    def record(self, version: int) -> dict[str, Any]:
        record: dict[str, Any] = msgspec.json.decode(self._raw[version])
        return record

    def reader(self, fields: Iterable[str]) -> "FieldReader":
        """A reader of a few fields of a version, much faster than decoding it whole."""
        return FieldReader(self._raw, tuple(fields))


class FieldReader:
    """Reads a few text fields of a version; a field that is absent reads as ''."""

    def __init__(self, raw: list[msgspec.Raw], fields: tuple[str, ...]) -> None:
        self._raw = raw
        self._fields = fields
        names = [f"f{n}" for n in range(len(fields))]
        columns = [(n, Any, msgspec.field(name=f, default="")) for n, f in zip(names, fields, strict=True)]
        self._decoder = msgspec.json.Decoder(msgspec.defstruct("_Fields", columns, gc=False))

    def first(self, version: int) -> Any:
        """The first of the fields alone."""
        return self._decoder.decode(self._raw[version]).f0  # type: ignore[attr-defined]

    def __call__(self, version: int) -> Mapping[str, Any]:
        return dict(zip(self._fields, msgspec.structs.astuple(self._decoder.decode(self._raw[version])), strict=True))


def _canonical(at: str) -> str:
    return at if len(at) == _STAMP_LENGTH and at[-1] == "Z" else stamp(instant(at))


def read_timeline(path: Path, key_field: str) -> Timeline:
    """The versions in a ``.jsonl.gz`` file of a records folder.

    Raises:
        SchoolwardError: naming the file, when it cannot be read.
    """
    try:
        with gzip.open(path, "rb") as file:
            lines = msgspec.json.Decoder(_Line).decode_lines(file.read())
        return Timeline(lines, key_field)
    except (OSError, EOFError, ValueError, msgspec.MsgspecError) as e:
        raise SchoolwardError(
            f"{path} is not a records file of lines like {{'at': …, 'record': {{{key_field!r}: …}}}}: {e}. Write the folder again."
        ) from None


def timeline_of(versions: Iterable[tuple[str, Mapping[str, Any]]], key_field: str) -> Timeline:
    """A timeline of records made in memory: pairs of instant and record."""
    return Timeline((_Line(at, msgspec.Raw(msgspec.json.encode(record))) for at, record in versions), key_field)
