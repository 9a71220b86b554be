"""The contact log as files, weekly and only what changed, and the case-manager list, whole."""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from pathlib import Path

from schoolward.sample.generate import plan, plan_dimensions
from schoolward.sample.generate.calendars import (
    YEAR_ENDS_ON,
    YEAR_STARTS_ON,
    SchoolCalendar,
    iso_text,
)
from schoolward.sample.generate.folder import deliver, stamp
from schoolward.sample.generate.hr_files import extract_days
from schoolward.sample.generate.people import People
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School
from schoolward.sample.generate.staffing import BEFORE, N_CASE_MANAGERS
from schoolward.sample.generate.touchpoints import Touchpoint

CONTACTS_AT, CASE_MANAGERS_AT = time(17, 30), time(3, 0)
TOUCHPOINT_HEADER = (
    "touchpoint_id",
    "staff_id",
    "school_id",
    "principal_staff_id",
    "occurred_at",
    "minutes",
    "setting",
    "focus",
    "practice_tags",
    "initiated_by",
    "is_planned",
    "cancelled_at",
    "cancel_reason",
    "is_ild_informed",
    "recorded_at",
    "contact_type",
    "observed_by_staff_id",
    "next_step_due_on",
    "next_step_reviewed_on",
)
CASE_MANAGER_HEADER = ("assignment_id", "school_id", "unit_id", "staff_id", "is_primary", "valid_from", "valid_to")


def write_contacts(folder: Path, calendar: SchoolCalendar, contacts: Sequence[Touchpoint]) -> None:
    """Every Friday what was recorded since the last one, and lines whose next step was reviewed meanwhile."""
    fridays = [d for d in (YEAR_STARTS_ON + timedelta(days=4 + 7 * n) for n in range(44)) if d < YEAR_ENDS_ON]
    before = 0
    for day in fridays:
        now = calendar.instant(day, CONTACTS_AT)
        rows = [
            _contact(line, day)
            for line in contacts
            if before < line.recorded_at <= now
            or (
                line.recorded_at <= before
                and line.next_step_reviewed_on is not None
                and day - timedelta(days=7) < line.next_step_reviewed_on <= day
            )
        ]
        deliver(folder, now, f"registers/touchpoints_{stamp(now)}.csv", TOUCHPOINT_HEADER, rows)
        before = now


def _contact(line: Touchpoint, day: date) -> Sequence[object]:
    reviewed = line.next_step_reviewed_on
    return (
        line.id,
        line.staff.staff_id,
        line.school.id if line.school else None,
        line.principal.staff_id if line.principal else None,
        _iso(line.occurred_at),
        line.minutes,
        line.setting,
        line.focus,
        line.practice_tags,
        line.initiated_by,
        line.is_planned,
        _iso(line.cancelled_at),
        line.cancel_reason,
        line.is_ild_informed,
        _iso(line.recorded_at),
        line.contact_type,
        line.observed_by.staff_id if line.observed_by else None,
        line.next_step_due_on,
        reviewed if reviewed and reviewed <= day else None,
    )


def _iso(instant: int | None) -> str | None:
    return iso_text(instant) if instant is not None else None


def write_case_managers(folder: Path, rules: Rules, schools: Sequence[School], people: People) -> None:
    """Who looks after which school, whole, with HR's extracts."""
    rows = list(case_manager_rows(schools, people))
    for day in extract_days():
        horizon = day + timedelta(days=14)
        known = [
            (*row[:6], row[6] if row[6] is not None and row[6] <= horizon else None)
            for row in rows
            if row[5] <= horizon
        ]
        instant = rules.calendar.instant(day, CASE_MANAGERS_AT)
        deliver(folder, instant, f"registers/case_managers_{day:%Y%m%d}.csv", CASE_MANAGER_HEADER, known)


CaseManagerRow = tuple[str, str, str, str, bool, date, date | None]


def case_manager_rows(schools: Sequence[School], people: People) -> Iterator[CaseManagerRow]:
    """Every school has a case manager in every unit; where one left, a colleague takes over, except where planted."""
    for unit, managers in people.case_managers.items():
        for school in schools:
            number = school.number % N_CASE_MANAGERS
            stint = managers[number]
            key = f"CM-{unit}-{school.number:03d}"
            if (school.number, unit) == (plan_dimensions.CHURN_SCHOOL, plan_dimensions.CHURN_UNIT):
                yield from _churned(key, school, unit, [m.person.staff_id for m in managers])
                continue
            ends_on = min((d for d in (stint.ends_on, school.closes_on) if d), default=None)
            yield f"{key}-1", school.id, unit, stint.person.staff_id, True, BEFORE, ends_on
            is_forgotten = plan.NO_CASE_MANAGER.get(school.number) == unit
            if stint.ends_on and not is_forgotten and school.is_open_on(stint.ends_on):
                colleague = managers[(number + 1) % N_CASE_MANAGERS].person
                since = stint.ends_on + timedelta(days=3)
                yield f"{key}-2", school.id, unit, colleague.staff_id, True, since, school.closes_on


def _churned(key: str, school: School, unit: str, staff: Sequence[str]) -> Iterator[CaseManagerRow]:
    """One case manager after the other, without a day between them."""
    starts = (BEFORE, *plan_dimensions.CHURN_ON)
    for number, (start, end) in enumerate(zip(starts, (*starts[1:], None), strict=True)):
        who = staff[(school.number + number) % len(staff)]
        yield f"{key}-{number + 1}", school.id, unit, who, True, start, end
