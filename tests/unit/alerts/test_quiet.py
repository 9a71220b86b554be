"""Who may be written to when: by the wall clock, the recipient's hours and the days the office works."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from schoolward.alerts.quiet import Quiet
from schoolward.district import District, Recipient
from schoolward.quiet_hours import QuietHours

NIGHT = QuietHours(18 * 60, 7 * 60)
FRIDAY_NOON, FRIDAY_NIGHT = "2026-03-06T12:00", "2026-03-06T20:30"


def to(
    unit: str | None = None, *, quiet: QuietHours | None = NIGHT, urgent_anytime: bool = True, name: str = "x"
) -> Recipient:
    return Recipient("unit_chief", name, "mailto:chief@x.example", unit, None, quiet, urgent_anytime)


def local(text: str, district: District) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=district.timezone).astimezone(UTC)


def held(district: District, at: str, *recipients: Recipient, is_urgent: bool = False) -> str | None:
    quiet = Quiet(replace(district, recipients=recipients))
    until = quiet.held_until("mailto:chief@x.example", local(at, district), is_urgent=is_urgent)
    return until.astimezone(district.timezone).strftime("%Y-%m-%dT%H:%M") if until else None


@pytest.mark.parametrize(
    ("at", "until"),
    [
        (FRIDAY_NOON, None),
        ("2026-03-06T06:59", "2026-03-06T07:00"),
        ("2026-03-05T18:00", "2026-03-06T07:00"),
        (FRIDAY_NIGHT, "2026-03-09T07:00"),  # over the weekend, and over the change to summer time on the 8th
        ("2026-03-08T12:00", "2026-03-09T07:00"),
        ("2025-12-23T19:00", "2026-01-05T07:00"),  # the winter closure, and the Saturday and Sunday behind it
    ],
)
def test_what_can_wait_is_held_until_the_next_working_hour(
    lakeside_district: District, at: str, until: str | None
) -> None:
    assert held(lakeside_district, at, to()) == until


def test_without_quiet_hours_nothing_is_ever_held(lakeside_district: District) -> None:
    assert lakeside_district.recipients
    assert {r.quiet_hours for r in lakeside_district.recipients} == {None}
    assert held(lakeside_district, FRIDAY_NIGHT, to(quiet=None)) is None
    assert held(lakeside_district, FRIDAY_NIGHT) is None, "a target that is nobody's"


def test_an_urgent_alert_is_held_only_for_whom_the_file_says_so(lakeside_district: District) -> None:
    assert held(lakeside_district, FRIDAY_NIGHT, to(), is_urgent=True) is None
    assert held(lakeside_district, FRIDAY_NIGHT, to(urgent_anytime=False), is_urgent=True) == "2026-03-09T07:00"


def test_a_unit_that_works_on_saturdays_is_told_on_saturday(lakeside_district: District) -> None:
    [it, *others] = lakeside_district.units
    saturday = replace(it.hours[0], iso_weekday=6)
    district = replace(lakeside_district, units=(replace(it, hours=(*it.hours, saturday)), *others))
    assert held(district, FRIDAY_NIGHT, to("it")) == "2026-03-07T07:00"
    assert held(district, FRIDAY_NIGHT, to(others[0].id)) == "2026-03-09T07:00"


def test_days_without_school_are_quiet_only_where_the_file_says_so(lakeside_district: District) -> None:
    assert date(2026, 3, 23) in lakeside_district.no_school_days
    assert held(lakeside_district, "2026-03-23T12:00", to()) is None
    resting = replace(lakeside_district, quiet_days=("closed", "no_school"))
    assert held(resting, "2026-03-23T12:00", to()) == "2026-03-30T07:00"


def test_where_one_address_stands_for_two_roles_the_one_who_may_be_written_to_first_decides(
    lakeside_district: District,
) -> None:
    late_riser = to(quiet=QuietHours(17 * 60, 10 * 60), name="late riser")
    assert held(lakeside_district, "2026-03-06T03:00", late_riser, to()) == "2026-03-06T07:00"
    assert held(lakeside_district, "2026-03-06T03:00", late_riser, to(quiet=None)) is None


def test_a_quiet_hour_at_noon_splits_the_day(lakeside_district: District) -> None:
    lunch = to(quiet=QuietHours(12 * 60, 13 * 60))
    assert held(lakeside_district, "2026-03-06T12:30", lunch) == "2026-03-06T13:00"
    assert held(lakeside_district, "2026-03-06T23:30", lunch) is None


def test_a_calendar_without_a_working_day_holds_nothing_for_ever(lakeside_district: District) -> None:
    units = tuple(replace(u, hours=()) for u in lakeside_district.units)
    assert held(replace(lakeside_district, units=units), FRIDAY_NIGHT, to("it")) is None
