"""Writes a records folder: versions of vendor records as compressed lines of JSON, and files as delivered at an instant."""

import csv
import gzip
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from schoolward.sample.generate.calendars import iso_text, utc_text

_BATCH = 2_000
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Version:
    """A vendor record as it stands from an instant (epoch seconds) on; a deletion holds the key alone."""

    at: int
    record: dict[str, Any]
    is_deleted: bool = False


def write_versions(path: Path, versions: Iterable[Version]) -> int:
    """Write versions in the order of time, ties in the order given; returns how many.

    The compressed bytes hold neither a time nor a name, so that equal content is an equal file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    ordered = sorted(versions, key=lambda v: v.at)
    with path.open("wb") as raw, gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as file:
        for start in range(0, len(ordered), _BATCH):
            file.write(b"".join(map(_line, ordered[start : start + _BATCH])))
    return len(ordered)


def _line(version: Version) -> bytes:
    line: dict[str, Any] = {"at": iso_text(version.at)}
    if version.is_deleted:
        line["deleted"] = True
    line["record"] = version.record
    return _encode(line) + b"\n"


def write_json(path: Path, value: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.format(_encode(value), indent=1) + b"\n")


def stamp(instant: int) -> str:
    """An instant as delivered files carry it in their names: ``20260313T230000Z``."""
    return utc_text(instant).replace("-", "").replace(":", "").replace(" ", "T") + "Z"


def deliver(
    folder: Path,
    instant: int,
    name: str,
    header: Sequence[str],
    rows: Iterable[Sequence[object]],
    encoding: str = "utf-8",
) -> None:
    """Write a file as delivered at an instant; ``name`` includes its folder, such as ``hr/positions_20250901.csv``."""
    write_csv(folder / "files" / stamp(instant) / name, header, rows, encoding)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]], encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    path.write_bytes(text.getvalue().encode(encoding))


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return ";".join(map(str, value))
    return str(value)
