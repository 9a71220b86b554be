"""The district's working week: which days somebody works, and when a weekly piece of work is due."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

from schoolward.district import District

DIGEST_AT = time(6)
"""The digest is on the desk before the office opens."""

_WEEK = timedelta(days=7)
_WEEKS_TO_LOOK = 60
"""A calendar without a business day for over a year is a mistake, not a schedule."""


class FirstBusinessDays:
    """Moments once a week: at a local time of the week's first business day, which is Monday or the next day not closed.

    A week that is closed as a whole has none.

    Args:
        timezone: IANA name of the zone the time is in.
        at: local time of day.
        weekdays: ISO numbers (1 = Monday) of the days somebody works.
        closed_on: days on which nobody does, whatever the weekday.
    """

    def __init__(self, timezone: str, at: time, weekdays: Iterable[int], closed_on: Iterable[date]) -> None:
        self._zone = ZoneInfo(timezone)
        self.at = at
        self._weekdays = frozenset(weekdays)
        self._closed_on = frozenset(closed_on)

    @classmethod
    def of(cls, district: District, at: time) -> Self:
        """The district's: a business day is one on which at least one service unit is open (Monday to Friday if it has none)."""
        open_days = [({span.iso_weekday for span in unit.hours}, set(unit.closures)) for unit in district.units]
        weekdays = set[int]().union(*(days for days, _ in open_days)) or set(range(1, 6))
        closures = set[date]().union(*(closed for _, closed in open_days))
        all_closed = {
            day
            for day in closures
            if day.isoweekday() in weekdays
            and not any(day.isoweekday() in days and day not in closed for days, closed in open_days)
        }
        return cls(str(district.timezone), at, weekdays, all_closed)

    def to_json(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return {
            "timezone": str(self._zone),
            "at": self.at.isoformat(),
            "weekdays": sorted(self._weekdays),
            "closed_on": [day.isoformat() for day in sorted(self._closed_on)],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The inverse of :meth:`to_json`."""
        closed_on = map(date.fromisoformat, data["closed_on"])
        return cls(data["timezone"], time.fromisoformat(data["at"]), data["weekdays"], closed_on)

    def next_after(self, moment: datetime) -> datetime | None:
        """The first strictly after a moment, in UTC; None when the calendar has no business day left to find."""
        monday = self.monday_of(moment)
        found = (self._in_week(monday + n * _WEEK) for n in range(_WEEKS_TO_LOOK))
        return next((at for at in found if at is not None and at > moment), None)

    def latest_until(self, moment: datetime) -> datetime | None:
        """The last at or before a moment, in UTC; None when the calendar has no business day to find."""
        monday = self.monday_of(moment)
        found = (self._in_week(monday - n * _WEEK) for n in range(_WEEKS_TO_LOOK))
        return next((at for at in found if at is not None and at <= moment), None)

    def week_before(self, monday: date) -> date | None:
        """The Monday of the last earlier week in which somebody worked; None when there is none to find."""
        earlier = (monday - n * _WEEK for n in range(1, _WEEKS_TO_LOOK))
        return next((week for week in earlier if self._in_week(week) is not None), None)

    def is_business_day(self, day: date) -> bool:
        """Whether somebody works on that day."""
        return day.isoweekday() in self._weekdays and day not in self._closed_on

    def monday_of(self, moment: datetime) -> date:
        """The Monday of the local week a moment is in."""
        local = moment.astimezone(self._zone).date()
        return local - timedelta(days=local.weekday())

    def _in_week(self, monday: date) -> datetime | None:
        week = (monday + timedelta(days=n) for n in range(7))
        day = next(filter(self.is_business_day, week), None)
        return datetime.combine(day, self.at, self._zone).astimezone(UTC) if day else None
