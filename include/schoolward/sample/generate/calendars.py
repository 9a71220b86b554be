"""Lakeside's calendars: instructional days, terms, and the open hours of a service unit as a clock."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import accumulate
from zoneinfo import ZoneInfo

from schoolward.district import Unit

YEAR_STARTS_ON = date(2025, 8, 11)
YEAR_ENDS_ON = date(2026, 6, 13)
"""Exclusive: the last day of school is a Friday."""
RECORDS_START_ON = date(2025, 8, 1)
SPRING_STARTS_ON = date(2026, 1, 5)
FIRST_CHECKPOINT_ON = date(2026, 3, 13)
CHECKPOINT_TIME = time(18, 30)


def days_between(start: date, end: date) -> tuple[date, ...]:
    """Every day from ``start`` up to, not including, ``end``."""
    return tuple(start + timedelta(days=n) for n in range((end - start).days))


@dataclass(frozen=True)
class SchoolCalendar:
    """The school year of 2025-26 in local days."""

    timezone: ZoneInfo
    no_school: frozenset[date]
    office_closed: frozenset[date]

    @cached_property
    def instructional_days(self) -> tuple[date, ...]:
        return tuple(
            day
            for day in days_between(YEAR_STARTS_ON, YEAR_ENDS_ON)
            if day.isoweekday() <= 5 and day not in self.no_school
        )

    @cached_property
    def office_days(self) -> tuple[date, ...]:
        """Days on which the central office works: instructional ones, and those on which no unit is closed."""
        instructional = set(self.instructional_days)
        return tuple(
            day
            for day in days_between(YEAR_STARTS_ON, YEAR_ENDS_ON)
            if day in instructional or (day.isoweekday() <= 5 and day not in self.office_closed)
        )

    @cached_property
    def _index(self) -> Mapping[date, int]:
        return {day: number for number, day in enumerate(self.instructional_days)}

    def instructional_index(self, day: date) -> int:
        """How many instructional days lie before ``day``."""
        found = self._index.get(day)
        return found if found is not None else sum(d < day for d in self.instructional_days)

    @cached_property
    def checkpoints(self) -> tuple[int, ...]:
        """Friday evenings from the first checkpoint to the end of the year, as epoch seconds."""
        fridays = days_between(FIRST_CHECKPOINT_ON, YEAR_ENDS_ON)[::7]
        return tuple(self.instant(day, CHECKPOINT_TIME) for day in fridays)

    def instant(self, day: date, at: time) -> int:
        """The epoch second of a local time of day."""
        return int(datetime.combine(day, at, self.timezone).timestamp())

    def local_day(self, instant: int) -> date:
        return datetime.fromtimestamp(instant, self.timezone).date()


class BusinessClock:
    """A service unit's open time as one line of seconds: a duration is two look-ups and a subtraction."""

    def __init__(self, unit: Unit, timezone: ZoneInfo, first: date, last: date) -> None:
        spans = list(_open_spans(unit, timezone, first, last))
        self._starts = [start for start, _ in spans]
        self._lengths = [end - start for start, end in spans]
        self._before = list(accumulate(self._lengths, initial=0))

    def elapsed(self, instant: int) -> int:
        """Open seconds from the beginning of the calendar up to an instant."""
        number = bisect_right(self._starts, instant) - 1
        if number < 0:
            return 0
        return self._before[number] + min(instant - self._starts[number], self._lengths[number])

    def between(self, start: int, end: int) -> int:
        """Open seconds between two instants."""
        return self.elapsed(end) - self.elapsed(start)

    def after(self, start: int, open_seconds: float) -> int:
        """The instant at which that many open seconds have passed since ``start``."""
        target = self.elapsed(start) + max(1, round(open_seconds))
        number = bisect_right(self._before, target - 1) - 1
        return self._starts[number] + target - self._before[number]


def _open_spans(unit: Unit, timezone: ZoneInfo, first: date, last: date) -> Iterable[tuple[int, int]]:
    closures = set(unit.closures)
    for day in days_between(first, last):
        if day in closures:
            continue
        for span in unit.hours:
            if span.iso_weekday == day.isoweekday():
                yield (
                    int(datetime.combine(day, span.opens_at, timezone).timestamp()),
                    int(datetime.combine(day, span.closes_at, timezone).timestamp()),
                )


def utc_text(instant: int) -> str:
    """An epoch second as ServiceNow writes it: UTC, without a zone.

    Looked up, as a year of records asks for it a million times and more.
    """
    day, second = divmod(instant, 86_400)
    return f"{_day_text(day)} {_times_of_day()[second]}"


@cache
def _day_text(days_since_epoch: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=days_since_epoch)).isoformat()


@cache
def _times_of_day() -> tuple[str, ...]:
    return tuple(f"{s // 3600:02d}:{s // 60 % 60:02d}:{s % 60:02d}" for s in range(86_400))


def iso_text(instant: int) -> str:
    """An epoch second as ISO 8601 in UTC."""
    return utc_text(instant).replace(" ", "T") + "Z"


def duration_text(seconds: int) -> str:
    """A duration as ServiceNow writes it: a datetime counted from the epoch; empty for none."""
    return utc_text(seconds) if seconds else ""
