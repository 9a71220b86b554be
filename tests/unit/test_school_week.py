"""The district's working week: always a business day, never a week left out."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolward.alerts.due import last_week_over
from schoolward.district import District
from schoolward.school_week import FirstBusinessDays

CHICAGO = ZoneInfo("America/Chicago")
SIX = time(6)

zones = st.sampled_from(["America/Chicago", "America/Anchorage", "Europe/Berlin", "Pacific/Auckland", "UTC"])
days = st.dates(date(2024, 1, 1), date(2027, 12, 31))
calendars = st.sets(days, max_size=60) | st.builds(
    lambda first, n: {first + timedelta(days=i) for i in range(n)}, days, st.integers(1, 40)
)
moments = st.integers(0, 3 * 365 * 24 * 60).map(lambda n: datetime(2024, 6, 1, tzinfo=UTC) + timedelta(minutes=n))


def week_of(
    closed_on: set[date], zone: str = "America/Chicago", at: time = SIX, weekdays: Iterable[int] = range(1, 6)
) -> FirstBusinessDays:
    return FirstBusinessDays(zone, at, weekdays, closed_on)


def following(week: FirstBusinessDays, moment: datetime) -> datetime:
    at = week.next_after(moment)
    assert at is not None
    return at


@given(moment=moments, closed_on=calendars, zone=zones, at=st.times(time(4), time(22)))
def test_the_next_moment_is_on_a_business_day_at_the_hour_and_later_than_asked(
    moment: datetime, closed_on: set[date], zone: str, at: time
) -> None:
    """At an hour that no change of the clocks leaves out."""
    found = following(week_of(closed_on, zone, at), moment)
    assert found > moment
    there = found.astimezone(ZoneInfo(zone))
    assert there.isoweekday() <= 5
    assert there.date() not in closed_on
    assert there.time() == at


@given(moment=moments, closed_on=calendars)
def test_every_week_with_a_business_day_has_exactly_one_moment_on_its_first_one(
    moment: datetime, closed_on: set[date]
) -> None:
    week = week_of(closed_on)
    found = [following(week, moment)]
    while len(found) < 15:
        found.append(following(week, found[-1]))
    on = [at.astimezone(CHICAGO).date() for at in found]
    monday, expected = week.monday_of(moment) + timedelta(days=7), []
    while monday <= on[-1]:
        expected += [day for n in range(5) if (day := monday + timedelta(days=n)) not in closed_on][:1]
        monday += timedelta(days=7)
    assert [day for day in on if day >= expected[0]] == expected


@given(moment=moments, closed_on=calendars)
def test_the_latest_moment_is_the_one_before_the_next(moment: datetime, closed_on: set[date]) -> None:
    week = week_of(closed_on)
    latest = week.latest_until(moment)
    assert latest is not None
    assert latest <= moment
    assert week.next_after(latest) == week.next_after(moment)


@given(moment=moments, closed_on=calendars)
def test_the_week_before_is_the_last_earlier_one_in_which_somebody_worked(
    moment: datetime, closed_on: set[date]
) -> None:
    week = week_of(closed_on)
    monday = week.monday_of(moment)
    before = week.week_before(monday)
    assert before is not None
    worked = [day for n in range((monday - before).days) if week.is_business_day(day := before + timedelta(days=n))]
    assert worked
    assert all(day < before + timedelta(days=7) for day in worked)


@given(closed_on=calendars, zone=zones, weekdays=st.sets(st.integers(1, 7), min_size=1), moment=moments)
def test_a_calendar_read_back_from_json_is_the_same(
    closed_on: set[date], zone: str, weekdays: set[int], moment: datetime
) -> None:
    week = week_of(closed_on, zone, weekdays=weekdays)
    again = FirstBusinessDays.from_json(json.loads(json.dumps(week.to_json())))
    assert again.to_json() == week.to_json()
    assert again.next_after(moment) == week.next_after(moment)


def test_a_calendar_without_business_days_ends_the_search() -> None:
    week = week_of({date(2024, 1, 1) + timedelta(days=n) for n in range(5 * 365)})
    assert week.next_after(datetime(2026, 6, 1, tzinfo=UTC)) is None
    assert week.latest_until(datetime(2026, 6, 1, tzinfo=UTC)) is None
    assert week.week_before(date(2026, 6, 1)) is None


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("2025-10-06T05:59-05:00", "2025-10-06T06:00-05:00"),  # Monday, a minute early
        ("2025-10-06T06:00-05:00", "2025-10-14T06:00-05:00"),  # Columbus Day is a holiday: Tuesday
        ("2025-10-27T07:00-05:00", "2025-11-03T06:00-06:00"),  # the clocks went back in between
        ("2026-03-02T07:00-06:00", "2026-03-09T06:00-05:00"),  # … and forward
        ("2025-12-22T07:00-06:00", "2026-01-05T06:00-06:00"),  # the week of 29 December is closed as a whole
    ],
)
def test_lakesides_week_begins_on_its_first_business_day(lakeside_district: District, asked: str, found: str) -> None:
    week = FirstBusinessDays.of(lakeside_district, SIX)
    assert week.next_after(datetime.fromisoformat(asked)) == datetime.fromisoformat(found)


def test_a_day_on_which_one_unit_is_open_is_a_business_day(lakeside_district: District) -> None:
    first, *others = lakeside_district.units
    holiday = date(2026, 5, 25)
    assert not FirstBusinessDays.of(lakeside_district, SIX).is_business_day(holiday)
    on_duty = replace(first, closures=tuple(day for day in first.closures if day != holiday))
    district = replace(lakeside_district, units=(on_duty, *others))
    assert FirstBusinessDays.of(district, SIX).is_business_day(holiday)


@pytest.mark.parametrize(
    ("now", "after_a_build", "on_schedule"),
    [
        ("2026-03-13T18:30-05:00", "2026-03-02", "2026-03-02"),  # Friday evening: this week is not over
        ("2026-03-16T00:30-05:00", "2026-03-02", "2026-03-09"),  # Monday, before the night's pulls: held back
        ("2026-03-16T06:00-05:00", "2026-03-09", "2026-03-09"),  # the hour has struck
        ("2026-02-16T09:00-06:00", "2026-02-02", "2026-02-09"),  # Presidents' Day: the hour strikes on Tuesday
        ("2026-02-17T06:30-06:00", "2026-02-09", "2026-02-09"),
        ("2026-01-05T06:30-06:00", "2025-12-22", "2025-12-22"),  # nobody worked in the week of 29 December
    ],
)
def test_the_digest_is_about_the_last_working_week_that_is_over_from_its_morning_on(
    lakeside_district: District, now: str, after_a_build: str, on_schedule: str
) -> None:
    moment = datetime.fromisoformat(now)
    assert last_week_over(lakeside_district, moment, is_scheduled=False) == date.fromisoformat(after_a_build)
    assert last_week_over(lakeside_district, moment, is_scheduled=True) == date.fromisoformat(on_schedule)
