"""The school calendar's weekly schedule: always a business day, never a week left out."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pendulum
import pytest
from hypothesis import given
from hypothesis import strategies as st

CHICAGO = ZoneInfo("America/Chicago")
SIX = time(6)

zones = st.sampled_from(["America/Chicago", "America/Anchorage", "Europe/Berlin", "Pacific/Auckland", "UTC"])
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
calendars = st.sets(days, max_size=60) | st.builds(
    lambda first, n: {first + timedelta(days=i) for i in range(n)}, days, st.integers(1, 40)
)
moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda n: datetime(2024, 6, 1, tzinfo=UTC) + timedelta(minutes=n))


def timetable(
    closed_on: set[date] | None = None, zone: str = "America/Chicago", at: time = SIX, weekdays: Any = range(1, 6)
) -> Any:
    from school_calendar import FirstBusinessDay

    return FirstBusinessDay(zone, at, weekdays, closed_on or set())


def local(moment: datetime) -> datetime:
    return moment.astimezone(CHICAGO)


@given(moment=moments, closed_on=calendars, zone=zones, at=st.times(time(4), time(22)))
def test_the_next_run_is_on_a_business_day_at_the_hour_and_later_than_asked(
    moment: datetime, closed_on: set[date], zone: str, at: time
) -> None:
    """At an hour that no change of the clocks leaves out."""
    run = timetable(closed_on, zone, at).next_after(moment)
    assert run > moment
    there = run.astimezone(ZoneInfo(zone))
    assert there.isoweekday() <= 5
    assert there.date() not in closed_on
    assert there.time() == at


@given(moment=moments, closed_on=calendars)
def test_every_week_with_a_business_day_has_exactly_one_run_on_its_first_one(
    moment: datetime, closed_on: set[date]
) -> None:
    table = timetable(closed_on)
    runs: list[date] = []
    run = table.next_after(moment)
    while len(runs) < 15:
        runs.append(local(run).date())
        run = table.next_after(run)
    day, expected = local(moment).date() + timedelta(days=7 - local(moment).weekday()), []
    while day <= runs[-1]:
        week = [day + timedelta(days=n) for n in range(5)]
        expected += [d for d in week if d not in closed_on][:1]
        day += timedelta(days=7)
    assert [d for d in runs if d >= expected[0]] == [d for d in expected if d <= runs[-1]]


@given(moment=moments, closed_on=calendars)
def test_the_latest_run_is_the_one_before_the_next(moment: datetime, closed_on: set[date]) -> None:
    table = timetable(closed_on)
    latest = table.latest_until(moment)
    assert latest <= moment
    assert table.next_after(latest) == table.next_after(moment)


@given(closed_on=calendars, zone=zones, weekdays=st.sets(st.integers(1, 7), min_size=1), moment=moments)
def test_a_schedule_read_back_from_airflows_database_is_the_same(
    closed_on: set[date], zone: str, weekdays: set[int], moment: datetime
) -> None:
    import json

    from school_calendar import FirstBusinessDay

    table = timetable(closed_on, zone, weekdays=weekdays)
    again = FirstBusinessDay.deserialize(json.loads(json.dumps(table.serialize())))
    assert again.serialize() == table.serialize()
    assert again.next_after(moment) == table.next_after(moment)


@pytest.mark.parametrize(
    ("asked", "run"),
    [
        ("2025-10-06T05:59-05:00", "2025-10-06T06:00-05:00"),  # Monday, a minute early
        ("2025-10-06T06:00-05:00", "2025-10-14T06:00-05:00"),  # Columbus Day is a holiday: Tuesday
        ("2025-10-27T07:00-05:00", "2025-11-03T06:00-06:00"),  # the clocks went back in between
        ("2026-03-02T07:00-06:00", "2026-03-09T06:00-05:00"),  # … and forward
        (
            "2025-12-22T07:00-06:00",
            "2026-01-05T06:00-06:00",
        ),  # both weeks of the winter break: 29 December is closed as a whole
    ],
)
def test_lakesides_digest_comes_on_the_weeks_first_business_day(lakeside_district: Any, asked: str, run: str) -> None:
    from school_calendar import FirstBusinessDay

    table = FirstBusinessDay.of(lakeside_district, SIX)
    assert table.next_after(datetime.fromisoformat(asked)) == datetime.fromisoformat(run)


def test_a_day_on_which_one_unit_is_open_is_a_business_day(lakeside_district: Any) -> None:
    from dataclasses import replace

    from school_calendar import FirstBusinessDay

    first, *others = lakeside_district.units
    holiday = date(2026, 5, 25)
    assert not FirstBusinessDay.of(lakeside_district, SIX).is_business_day(holiday)
    on_duty = replace(first, closures=tuple(day for day in first.closures if day != holiday))
    district = replace(lakeside_district, units=(on_duty, *others))
    assert FirstBusinessDay.of(district, SIX).is_business_day(holiday)


def ask(
    table: Any,
    last: str | None,
    *,
    now: str,
    catchup: bool = False,
    earliest: str | None = None,
    latest: str | None = None,
) -> Any:
    from airflow.timetables.base import DataInterval, TimeRestriction

    def moment(text: str | None) -> Any:
        return pendulum.parse(text) if text else None

    with pytest.MonkeyPatch.context() as patch:
        import school_calendar

        class Clock(datetime):
            @classmethod
            def now(cls, tz: Any = None) -> Any:
                return datetime.fromisoformat(now).astimezone(tz)

        patch.setattr(school_calendar, "datetime", Clock)
        return table.next_dagrun_info(
            last_automated_data_interval=DataInterval.exact(moment(last)) if last else None,
            restriction=TimeRestriction(moment(earliest), moment(latest), catchup),
        )


def test_a_new_schedule_waits_for_its_first_monday() -> None:
    info = ask(timetable(), None, now="2025-10-08T12:00+00:00")
    assert info.run_after == info.logical_date == pendulum.parse("2025-10-13T11:00Z")


def test_a_run_follows_the_last_one_by_a_week() -> None:
    assert ask(timetable(), "2025-10-06T11:00Z", now="2025-10-06T11:00:05+00:00").run_after == pendulum.parse(
        "2025-10-13T11:00Z"
    )


def test_a_run_missed_while_the_scheduler_was_down_is_made_up_once() -> None:
    table, now = timetable(), "2025-10-29T15:00+00:00"
    made_up = ask(table, "2025-10-06T11:00Z", now=now).run_after
    assert made_up == pendulum.parse("2025-10-27T11:00Z")
    assert ask(table, made_up.isoformat(), now=now).run_after == pendulum.parse("2025-11-03T12:00Z")


def test_no_run_comes_after_the_end_of_the_schedule() -> None:
    assert ask(timetable(), "2025-10-06T11:00Z", now="2025-10-06T12:00+00:00", latest="2025-10-12T00:00Z") is None


def test_a_calendar_without_business_days_ends_the_search() -> None:
    closed = {date(2025, 1, 1) + timedelta(days=n) for n in range(3 * 365)}
    assert timetable(closed).next_after(datetime(2025, 6, 1, tzinfo=UTC)) is None
