"""A schedule that keeps to the district's calendar: once a week, on the week's first business day."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Self

import pendulum
from airflow.plugins_manager import AirflowPlugin
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from schoolward.district import District
from schoolward.school_week import FirstBusinessDays


class FirstBusinessDay(Timetable):
    """Weekly, at a local time of the first business day; a week that is closed as a whole has no run.

    A run missed while the scheduler was down is made up once it is back, the latest one only. The closed days travel
    with the schedule, so the scheduler never reads the district file.
    """

    description = "Weekly, on the first business day"

    def __init__(self, days: FirstBusinessDays) -> None:
        self._days = days

    @classmethod
    def of(cls, district: District, at: time) -> Self:
        """The schedule by the district's calendar, at a local time of day."""
        return cls(FirstBusinessDays.of(district, at))

    @property
    def summary(self) -> str:
        return f"first business day, {self._days.at:%H:%M}"

    def serialize(self) -> dict[str, Any]:
        return self._days.to_json()

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Self:
        return cls(FirstBusinessDays.from_json(data))

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        return DataInterval.exact(run_after)

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        now = datetime.now(UTC)
        if last_automated_data_interval is not None:
            run_at = self._days.next_after(last_automated_data_interval.end)
            if not restriction.catchup and run_at is not None:
                run_at = max(run_at, self._days.latest_until(now) or run_at)
        else:
            start = restriction.earliest or now
            run_at = self._days.next_after((start if restriction.catchup else max(start, now)) - timedelta.resolution)
        if run_at is None or (restriction.latest is not None and run_at > restriction.latest):
            return None
        return DagRunInfo.exact(pendulum.instance(run_at))


class SchoolCalendar(AirflowPlugin):
    """Registers the schedule, so that the scheduler can read it back."""

    name = "school_calendar"
    timetables = [FirstBusinessDay]  # noqa: RUF012 - Airflow's own attribute
