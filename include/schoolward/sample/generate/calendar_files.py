"""Calendars by kind: what ILDs' days were given to, and the days on which unit staff were at schools; and the steps agreed there."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from schoolward.sample.generate import plan_dimensions as plan
from schoolward.sample.generate.calendars import SchoolCalendar
from schoolward.sample.generate.people import People, Person
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.registers import Register
from schoolward.sample.generate.schools import School
from schoolward.sample.generate.touchpoints import LEARNING, OPERATIONS, Touchpoint
from schoolward.sources.csv_records import TimeBlock, TouchpointNextStep

SETTINGS = {
    "school": "school",
    "group": "principal_group",
    "video": "one_to_one",
    "phone": "one_to_one",
    "office": "office",
}
"""The calendar's word for a setting of the contact log."""
CASE_MANAGER_DAYS, SPECIALIST_DAYS = 0.2, 0.05
"""Shares of the instructional days on which staff of a unit are at a school."""


def time_blocks(
    seed: int, calendar: SchoolCalendar, schools: Sequence[School], people: People, contacts: Sequence[Touchpoint]
) -> Register[TimeBlock]:
    """ILDs' calendars agree with their log, in the calendar's own words; units' show the hours at schools and nothing else."""
    ilds = {stint.person.staff_id for stint in people.ilds}
    blocks = [_ild_block(stream(seed, "block", line.id), line) for line in contacts if line.staff.staff_id in ilds]
    for unit, staff in people.unit_staff.items():
        for person in staff:
            blocks += _site_days(
                stream(seed, "site days", person.staff_id), calendar, schools, unit, person, SPECIALIST_DAYS
            )
        for stint in people.case_managers[unit]:
            rng = stream(seed, "site days", stint.person.staff_id)
            days = _site_days(rng, calendar, schools, unit, stint.person, CASE_MANAGER_DAYS)
            blocks += [block for block in days if stint.covers(calendar.local_day(int(block.starts_at.timestamp())))]
    return Register(
        "time_blocks", sorted(blocks, key=lambda b: (b.starts_at, b.block_id)), lambda row: row.starts_at.date()
    )


def _ild_block(rng: Random, line: Touchpoint) -> TimeBlock:
    category = line.focus
    if category == OPERATIONS and rng.random() < 0.15:
        category = "crisis"
    starts_at = datetime.fromtimestamp(line.occurred_at, UTC)
    return TimeBlock(
        block_id=f"B-{line.id}", staff_id=line.staff.staff_id, starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=line.minutes), category=category, setting=SETTINGS[line.setting],
        school_id=line.school.id if line.school and line.setting == "school" else None,
        is_planned=line.is_planned or line.focus == LEARNING,
        cancelled_at=datetime.fromtimestamp(line.cancelled_at, UTC) if line.cancelled_at else None,
        cancel_reason=line.cancel_reason, confidence=1.0,
    )  # fmt: skip


def _site_days(
    rng: Random, calendar: SchoolCalendar, schools: Sequence[School], unit: str, person: Person, share: float
) -> Iterator[TimeBlock]:
    if unit == plan.NEVER_IN_SCHOOLS:
        return
    for day in calendar.instructional_days:
        if rng.random() < share:
            school, start = rng.choice(schools), _local(calendar, day, rng.choice((8, 9, 12, 13)))
            yield TimeBlock(
                block_id=f"B-{person.staff_id}-{day:%m%d}", staff_id=person.staff_id, starts_at=start,
                ends_at=start + timedelta(minutes=rng.randrange(90, 241, 30)), category="operations", setting="school",
                school_id=school.id, is_planned=True, confidence=1.0,
            )  # fmt: skip


def _local(calendar: SchoolCalendar, day: date, hour: int) -> datetime:
    return datetime.fromtimestamp(calendar.instant(day, time(hour)), UTC)


def next_steps(calendar: SchoolCalendar, contacts: Sequence[Touchpoint]) -> Register[TouchpointNextStep]:
    """The steps of the log as rows of their own, entered with the contact."""
    rows = [
        TouchpointNextStep(
            step_id=f"NS-{line.id}", touchpoint_id=line.id, due_on=line.next_step_due_on,
            reviewed_on=line.next_step_reviewed_on, status="reviewed" if line.next_step_reviewed_on else "open",
        )
        for line in contacts
        if line.next_step_due_on
    ]  # fmt: skip
    entered = {line.id: calendar.local_day(line.recorded_at) for line in contacts}
    return Register("next_steps", rows, lambda row: entered[row.touchpoint_id], ("reviewed_on",), {"status": "open"})
