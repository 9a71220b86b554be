"""Registers as files, written from the very records that landing reads: headings are the records' fields.

A register is told as it ends up; each delivery shows what was known that day: rows that had begun, and of what was still to
come nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Generic, TypeVar

import msgspec

from schoolward.sample.generate.calendars import FIRST_CHECKPOINT_ON, SchoolCalendar
from schoolward.sample.generate.folder import deliver
from schoolward.sources.base import Record

R = TypeVar("R", bound=Record)

DELIVERED_AT = time(3, 30)
DELIVERED_ON = (date(2025, 12, 1), FIRST_CHECKPOINT_ON, date(2026, 4, 17), date(2026, 5, 29))
"""When a register that is handed in whole is handed in."""


@dataclass(frozen=True)
class Register(Generic[R]):
    """A register's rows as they end up, and what of them a day could not yet know."""

    file: str
    """First part of the files' names."""
    rows: Sequence[R]
    entered_on: Callable[[R], date]
    """The day from which on a row stands in the register."""
    happens: tuple[str, ...] = ()
    """Fields with days of what happens afterwards: empty until that day."""
    until_then: Mapping[str, object] = field(default_factory=dict)
    """What other fields say until the last of ``happens`` is filled."""

    def known(self, day: date) -> list[R]:
        """The register as of the evening of a day."""
        return [self._as_known(row, day) for row in self.rows if self.entered_on(row) <= day]

    def _as_known(self, row: R, day: date) -> R:
        later: dict[str, object] = {
            name: None for name in self.happens if (when := getattr(row, name)) is not None and when > day
        }
        if later and self.happens[-1] in later:
            later |= self.until_then
        return msgspec.structs.replace(row, **later) if later else row


def header(record: type[Record]) -> tuple[str, ...]:
    """The headings of a record's file."""
    return tuple(f.name for f in msgspec.structs.fields(record))


def write_whole(
    folder: Path, calendar: SchoolCalendar, register: Register[Any], days: Iterable[date] = DELIVERED_ON
) -> None:
    """Deliver a register whole on each of the days."""
    for day in days:
        _write(folder, calendar, register, day, register.known(day))


def write_changes(folder: Path, calendar: SchoolCalendar, register: Register[Any], days: Iterable[date]) -> None:
    """Deliver on each of the days the rows that are new or otherwise than at the delivery before."""
    before: list[Any] = []
    for day in days:
        now = register.known(day)
        told = set(before)
        _write(folder, calendar, register, day, [row for row in now if row not in told])
        before = now


def _write(folder: Path, calendar: SchoolCalendar, register: Register[Any], day: date, rows: Sequence[Record]) -> None:
    columns = header(type(register.rows[0]))
    cells = [[_cell(getattr(row, column)) for column in columns] for row in rows]
    name = f"registers/{register.file}_{day:%Y%m%d}.csv"
    deliver(folder, calendar.instant(day, DELIVERED_AT), name, columns, cells)


def _cell(value: object) -> object:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value
