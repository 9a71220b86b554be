"""Reading one dropped file: heading, rows, types; what is malformed, and what is only half there."""

import codecs
import csv
import io
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import IO, Any
from zoneinfo import ZoneInfo

from schoolward.errors import DriftError, SourceError
from schoolward.sources.base import Column, Page, Record, Reject, Stream
from schoolward.sources.csv_cells import CellError, Parser, parsers
from schoolward.sources.csv_options import StreamOptions
from schoolward.sources.csv_records import COMPUTED
from schoolward.sources.csv_words import check_of

PAGE_ROWS = 2000


@dataclass(frozen=True, slots=True)
class _Field:
    """A column of the record and where the file has it."""

    column: Column
    place: int
    parse: Parser
    word: Callable[[Any], Any] | None
    """Turns what was parsed into one of the field's words, where it is a coded one."""


class CsvFile:
    """A file of one stream, read once, from its first byte to its last."""

    def __init__(self, name: str, stream: Stream, options: StreamOptions, zone: ZoneInfo) -> None:
        self._name, self._stream, self._options = name, stream, options
        self._parsers = parsers(zone, options.date_formats, options.list_separator)
        self._rows_of: Counter[str] = Counter()

    def pages(self, body: IO[bytes]) -> Iterator[Page]:
        """The file's pages, at least one.

        Raises:
            DriftError: a column that we cannot do without is missing.
            SourceError: the file is not in its encoding, empty, or ends in the middle of a row.
        """
        watched = _LastByte(body)
        text = io.TextIOWrapper(io.BufferedReader(watched), encoding=self._encoding(watched), newline="")
        try:
            yield from self._pages(csv.reader(text, delimiter=self._options.delimiter, strict=True), watched)
        except UnicodeError:
            raise SourceError(
                f"{self._name} is not written in {self._options.encoding}. "
                f"Name its encoding in streams.{self._stream.name}.encoding, such as cp1252 or utf-16; nothing of it landed."
            ) from None

    def _encoding(self, body: "_LastByte") -> str:
        """What the options say, unless a byte order mark says otherwise."""
        if body.head.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if body.head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        return self._options.encoding

    def _pages(self, reader: Any, body: "_LastByte") -> Iterator[Page]:
        heading = [cell.strip().strip("\ufeff") for cell in next(reader, [])]
        fields, vanished = self._fields(heading)
        wanted = {self._options.columns[f.column.name] for f in fields}
        new = frozenset(cell for cell in heading if cell and cell not in wanted)
        rows = self._typed(reader, heading, fields, body)
        is_first = True
        while chunk := list(itertools.islice(rows, PAGE_ROWS)):
            records = [row for row in chunk if isinstance(row, Record)]
            rejects = [row for row in chunk if isinstance(row, Reject)]
            yield Page(records, len(chunk), rejects, new, frozenset(vanished))
            is_first = False
        if is_first:
            yield Page((), 0)

    def _fields(self, heading: Sequence[str]) -> tuple[list[_Field], list[str]]:
        """Where each column stands, and the optional ones the file does not have.

        A heading the district file names is as good as required: without it a whole column would read as emptied.
        """
        if not any(heading):
            raise SourceError(
                f"{self._name} is empty, without even its heading. Deliver it again; nothing of it landed."
            )
        found, missing, vanished = [], [], []
        for column in self._stream.columns:
            if column.name in COMPUTED:
                continue
            title = self._options.columns[column.name]
            places = [i for i, cell in enumerate(heading) if cell == title]
            if len(places) > 1:
                raise SourceError(f"{self._name} has the column {title!r} {len(places)} times. Rename all but one.")
            if places:
                word = check_of(self._stream.name, column.name, self._options.words.get(column.name, {}))
                found.append(_Field(column, places[0], self._parsers[column.sql_type], word))
            elif column.is_required or title != column.name:
                missing.append(title)
            else:
                vanished.append(title)
        if missing:
            names = ", ".join(repr(title) for title in missing)
            raise DriftError(
                f"{self._name} has no column {names}, which {self._stream.name} needs; nothing of it landed. "
                f"Deliver it with that heading, or correct streams.{self._stream.name}.columns (also its delimiter and encoding)."
            )
        return found, vanished

    def _typed(
        self, reader: Any, heading: Sequence[str], fields: Sequence[_Field], body: "_LastByte"
    ) -> Iterator[Record | Reject]:
        while True:
            line = reader.line_num + 1
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                if "end of data" in str(error):
                    raise self._half_written(line) from None
                yield Reject(None, f"line {line}: its quotes or length are malformed", {})
                continue
            if not any(cell.strip() for cell in row):
                continue
            if len(row) < len(heading) and body.is_at_end and not body.ends_line:
                raise self._half_written(line)
            yield self._record(row, len(heading), fields, line)

    def _record(self, row: Sequence[str], n_columns: int, fields: Sequence[_Field], line: int) -> Record | Reject:
        values: dict[str, Any] = {}
        reason = None if len(row) == n_columns else f"line {line}: has {len(row)} cells, its heading {n_columns}"
        for f in fields:
            try:
                values[f.column.name] = self._value(f, row)
            except CellError as error:
                reason = reason or f"line {line}: {self._options.columns[f.column.name]} {error}"
        if "occupant_no" in self._stream.key and values.get("position_id"):
            self._rows_of[values["position_id"]] += 1
            values["occupant_no"] = self._rows_of[values["position_id"]]
        if reason is None:
            return self._stream.record(**values)
        parts = [values.get(name) for name in self._stream.key]
        key = None if None in parts else "|".join(map(str, parts))
        # In a ragged row any cell may stand in a neighbour's place, so nothing of it but the key is kept.
        return Reject(key, reason, _storable(values) if len(row) == n_columns else {})

    @staticmethod
    def _value(f: _Field, row: Sequence[str]) -> Any:
        cell = row[f.place] if f.place < len(row) else ""
        if "\0" in cell:
            raise CellError("holds a NUL character")
        cell = cell.strip()
        if cell:
            value = f.parse(cell)
            return f.word(value) if f.word else value
        if f.column.is_required:
            raise CellError("is empty")
        return None

    def _half_written(self, line: int) -> SourceError:
        return SourceError(
            f"{self._name} ends in the middle of line {line}: it is half written, or a quote is never closed; nothing of it landed. "
            "Deliver it again."
        )


def _storable(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


class _LastByte(io.RawIOBase):
    """A stream that knows its first bytes, whether it has been read to its end, and whether that end was a line's."""

    def __init__(self, body: IO[bytes]) -> None:
        super().__init__()
        self._body = body
        self.head = body.read(4)
        self._pending, self._last, self.is_at_end = self.head, self.head[-1:], False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = len(buffer)
        piece, self._pending = self._pending[:size], self._pending[size:]
        piece = piece or self._body.read(size)
        if not piece:
            self.is_at_end = True
        buffer[: len(piece)] = piece
        self._last = piece[-2:] or self._last
        return len(piece)

    @property
    def ends_line(self) -> bool:
        return any(mark in self._last for mark in (b"\n", b"\r"))
