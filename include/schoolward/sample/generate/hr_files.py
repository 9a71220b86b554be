"""HR's extracts: positions monthly, assignments and leave monthly and from the first checkpoint on every week."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from pathlib import Path

from schoolward.sample.generate.calendars import FIRST_CHECKPOINT_ON, RECORDS_START_ON, YEAR_ENDS_ON, SchoolCalendar
from schoolward.sample.generate.folder import deliver
from schoolward.sample.generate.people import People

POSITION_HEADER = ("Position", "Employee", "Name", "Dept", "Dept Name", "Job", "Title", "FTE")
ASSIGNMENT_HEADER = (
    "assignment_id",
    "staff_id",
    "role",
    "org_id",
    "fte",
    "starts_on",
    "ends_on",
    "supervisor_staff_id",
    "is_acting",
)
LEAVE_HEADER = ("leave_id", "staff_id", "starts_on", "ends_on")
DELIVERED_AT = time(2, 15)


def extract_days() -> tuple[date, ...]:
    """The firsts of the months, and from the first checkpoint on every Friday."""
    months = [RECORDS_START_ON.replace(year=2025 + (7 + n) // 12, month=(7 + n) % 12 + 1) for n in range(11)]
    fridays = [
        FIRST_CHECKPOINT_ON + timedelta(weeks=n) for n in range((YEAR_ENDS_ON - FIRST_CHECKPOINT_ON).days // 7 + 1)
    ]
    return tuple(sorted({*months, *fridays}))


def write_hr(folder: Path, calendar: SchoolCalendar, people: People) -> None:
    """Write every extract; each is the whole truth as HR knew it that night."""
    for day in extract_days():
        instant, stamp = calendar.instant(day, DELIVERED_AT), day.strftime("%Y%m%d")
        if day.day == 1:
            deliver(folder, instant, f"hr/positions_{stamp}.csv", POSITION_HEADER, _positions(people, day), "cp1252")
        deliver(folder, instant, f"hr/assignments_{stamp}.csv", ASSIGNMENT_HEADER, _assignments(people, day))
        deliver(folder, instant, f"hr/leave_{stamp}.csv", LEAVE_HEADER, _leaves(people, day))


def _positions(people: People, day: date) -> list[Sequence[object]]:
    rows: list[Sequence[object]] = []
    for position in people.positions:
        occupants = position.occupants(day)
        common = (position.department, position.department_name, position.job_code, position.title)
        rows += [
            (position.id, p.staff_id, f"{p.family}, {p.given}", *common, round(1 / len(occupants), 2))
            for p in occupants
        ]
        if not occupants:
            rows.append((position.id, None, None, *common, 1.0))
    return rows


def _assignments(people: People, day: date) -> list[Sequence[object]]:
    """HR knows what begins or ends within two weeks, and nothing later."""
    horizon = day + timedelta(days=14)
    return [
        (
            f"A{number:05d}",
            a.person.staff_id,
            a.role,
            a.org,
            1.0,
            a.starts_on,
            a.ends_on if a.ends_on and a.ends_on <= horizon else None,
            a.supervisor.staff_id if a.supervisor else None,
            a.is_acting,
        )
        for number, a in enumerate(people.assignments, 1)
        if a.starts_on <= horizon
    ]


def _leaves(people: People, day: date) -> list[Sequence[object]]:
    return [
        (f"L{number:04d}", leave.person.staff_id, leave.starts_on, leave.ends_on)
        for number, leave in enumerate(people.leaves, 1)
        if leave.starts_on <= day + timedelta(days=7)
    ]
