"""A schedule that keeps to the district's calendar: once a week, on the week's first business day."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Self
from zoneinfo import ZoneInfo

import pendulum
from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from schoolward.district import District

_WEEK = timedelta(days=7)
_WEEKS_TO_LOOK = 60
"""A calendar without a business day for over a year is a mistake, not a schedule."""


class FirstBusinessDay(Timetable):
    """Weekly, at a local time of the first business day: Monday, or the next day that is not closed.

    A week that is closed as a whole has no run. A run missed while the scheduler was down is made up once it is back,
    the latest one only. The closed days travel with the schedule, so the scheduler never reads the district file.

    Args:
        timezone: IANA name of the zone the time is in.
        at: local time of day.
        weekdays: ISO numbers (1 = Monday) of the days somebody works.
        closed_on: days on which nobody does, whatever the weekday.
    """

    description = "Weekly, on the first business day"

    def __init__(self, timezone: str, at: time, weekdays: Iterable[int], closed_on: Iterable[date]) -> None:
        self._zone = ZoneInfo(timezone)
        self._at = at
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

    @property
    def summary(self) -> str:
        return f"first business day, {self._at:%H:%M}"

    def serialize(self) -> dict[str, Any]:
        return {
            "timezone": str(self._zone),
            "at": self._at.isoformat(),
            "weekdays": sorted(self._weekdays),
            "closed_on": [day.isoformat() for day in sorted(self._closed_on)],
        }

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Self:
        closed_on = map(date.fromisoformat, data["closed_on"])
        return cls(data["timezone"], time.fromisoformat(data["at"]), data["weekdays"], closed_on)

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        now = datetime.now(UTC)
        if last_automated_data_interval is not None:
            run_at = self.next_after(last_automated_data_interval.end)
            if not restriction.catchup and run_at is not None:
                run_at = max(run_at, self.latest_until(now) or run_at)
        else:
            start = restriction.earliest or now
            run_at = self.next_after((start if restriction.catchup else max(start, now)) - timedelta(microseconds=1))
        if run_at is None or (restriction.latest is not None and run_at > restriction.latest):
            return None
        return DagRunInfo.exact(pendulum.instance(run_at))

    def next_after(self, moment: datetime) -> datetime | None:
        """The first run strictly after a moment, in UTC; None when the calendar has no business day left to find."""
        monday = self._monday(moment)
        runs = (self._run_of(monday + n * _WEEK) for n in range(_WEEKS_TO_LOOK))
        return next((run for run in runs if run is not None and run > moment), None)

    def latest_until(self, moment: datetime) -> datetime | None:
        """The last run at or before a moment, in UTC."""
        monday = self._monday(moment)
        runs = (self._run_of(monday - n * _WEEK) for n in range(_WEEKS_TO_LOOK))
        return next((run for run in runs if run is not None and run <= moment), None)

    def is_business_day(self, day: date) -> bool:
        """Whether somebody works on that day."""
        return day.isoweekday() in self._weekdays and day not in self._closed_on

    def _monday(self, moment: datetime) -> date:
        local = moment.astimezone(self._zone).date()
        return local - timedelta(days=local.weekday())

    def _run_of(self, monday: date) -> datetime | None:
        week = (monday + timedelta(days=n) for n in range(7))
        day = next(filter(self.is_business_day, week), None)
        return datetime.combine(day, self._at, self._zone).astimezone(UTC) if day else None


class SchoolCalendar(AirflowPlugin):
    """Registers the schedule, so that the scheduler can read it back."""

    name = "school_calendar"
    timetables = [FirstBusinessDay]  # noqa: RUF012 - Airflow's own attribute
