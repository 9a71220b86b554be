"""The contact log: what every ILD did with each working day, and what service units talked about with principals."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from random import Random

from schoolward.sample.generate import plan
from schoolward.sample.generate.calendars import YEAR_ENDS_ON, SchoolCalendar
from schoolward.sample.generate.people import People, Person
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.schools import School
from schoolward.sample.generate.visits import Visit, plan_visits

LEARNING, OPERATIONS, COMPLIANCE = "instructional_leadership", "operations", "compliance"
PRACTICES = ("joint_observation", "modelling", "feedback", "planning", "brokering", "monitoring")
DAY_STARTS_AT = time(8, 0)
WORKING_MINUTES = 480
N_UNIT_CONTACTS = 1_500
OFFICE_WORK = ((LEARNING, 5), (OPERATIONS, 3), (COMPLIANCE, 2))


@dataclass(frozen=True, slots=True)
class Touchpoint:
    """One line of the log, as it stands from ``recorded_at`` on."""

    id: str
    staff: Person
    school: School | None
    principal: Person | None
    occurred_at: int
    minutes: int
    setting: str
    focus: str
    practice_tags: tuple[str, ...]
    initiated_by: str
    is_planned: bool
    cancelled_at: int | None
    cancel_reason: str | None
    is_ild_informed: bool
    recorded_at: int
    next_step_due_on: date | None = None
    next_step_reviewed_on: date | None = None
    contact_type: str | None = None
    observed_by: Person | None = None


def log_contacts(seed: int, calendar: SchoolCalendar, schools: Sequence[School], people: People) -> list[Touchpoint]:
    """Every line of the year, by the time of what it tells."""
    visits: Mapping[tuple[str, date], list[Visit]] = plan_visits(seed, calendar, schools, people)
    log = _Log(calendar, people)
    for stint in people.ilds:
        rng = stream(seed, "log", stint.person.staff_id)
        off = [
            (leave.starts_on, leave.ends_on or YEAR_ENDS_ON) for leave in people.leaves if leave.person is stint.person
        ]
        is_silent = stint.person is people.ilds[schools[plan.LOG_MISSING_SCHOOL].network - 1].person
        for day in calendar.office_days:
            if not stint.covers(day) or any(start <= day < end for start, end in off):
                continue
            if is_silent and day >= plan.LOG_MISSING_SINCE:
                continue
            log.working_day(rng, stint.person, day, visits.get((stint.person.staff_id, day), []))
    log.unit_contacts(stream(seed, "log", "units"), schools)
    return log.numbered()


class _Log:
    """The log being written."""

    def __init__(self, calendar: SchoolCalendar, people: People) -> None:
        self.calendar, self.people = calendar, people
        self.lines: list[Touchpoint] = []

    def working_day(self, rng: Random, ild: Person, day: date, visits: Sequence[Visit]) -> None:
        """Visits first, then talks with principals and office work until the day is full, to the minutes nobody logs."""
        used = 0
        for visit in visits:
            if visit.is_cancelled:
                self._cancelled_visit(rng, ild, day, visit, used)
                continue
            minutes = rng.randrange(60, 96, 5)
            setting = "video" if rng.random() < 0.08 else "school"
            self._add(rng, ild, day, used, minutes, setting, LEARNING, visit.school)
            used += minutes + 10
        to_log = round(WORKING_MINUTES * rng.uniform(0.9, 1.0))
        if day.isoweekday() == 3 and day.day <= 7:
            self._add(rng, ild, day, used, 90, "group", LEARNING, None)
            used += 90
        for visit in visits[:1] if rng.random() < 0.25 else ():
            self._add(
                rng, ild, day, used, rng.randrange(5, 25, 5), "phone", rng.choice((LEARNING, OPERATIONS)), visit.school
            )
            used += 20
        while used < to_log - 25:
            minutes = min(rng.randrange(60, 181, 15), to_log - used)
            focus = rng.choices([f for f, _ in OFFICE_WORK], [w for _, w in OFFICE_WORK])[0]
            self._add(rng, ild, day, used, minutes, "office", focus, None)
            used += minutes

    def _cancelled_visit(self, rng: Random, ild: Person, day: date, visit: Visit, used: int) -> None:
        self._add(
            rng,
            ild,
            day,
            used,
            75,
            "school",
            LEARNING,
            visit.school,
            cancel_reason=rng.choice(("central", "central", "school")),
        )

    def unit_contacts(self, rng: Random, schools: Sequence[School]) -> None:
        """Chiefs and case managers who call principals about operations; not always with the ILD's knowledge."""
        callers = [s.person for stints in self.people.case_managers.values() for s in stints if s.ends_on is None]
        for _ in range(N_UNIT_CONTACTS):
            day, school = rng.choice(self.calendar.instructional_days), rng.choice(schools)
            if school.is_open_on(day):
                minutes = rng.randrange(10, 45, 5)
                self._add(
                    rng,
                    rng.choice(callers),
                    day,
                    rng.randrange(0, 420, 5),
                    minutes,
                    "phone",
                    OPERATIONS,
                    school,
                    by="unit",
                )

    def _add(
        self,
        rng: Random,
        staff: Person,
        day: date,
        minutes_into_day: int,
        minutes: int,
        setting: str,
        focus: str,
        school: School | None,
        *,
        by: str = "ild",
        cancel_reason: str | None = None,
    ) -> None:
        start = self.calendar.instant(day, DAY_STARTS_AT) + minutes_into_day * 60
        principal = self.people.principal_of(school, day) if school else None
        is_visit = setting in ("school", "video") and focus == LEARNING
        due_on = (
            day + timedelta(days=rng.randint(10, 25)) if is_visit and not cancel_reason and rng.random() < 0.5 else None
        )
        reviewed = due_on - timedelta(days=rng.randint(0, 6)) if due_on and rng.random() < 0.85 else None
        cancelled_at = start - 3_600 * rng.randint(1, 30) if cancel_reason else None
        self.lines.append(
            Touchpoint(
                id="",
                staff=staff,
                school=school,
                principal=principal.person if principal else None,
                occurred_at=start,
                minutes=minutes,
                setting=setting,
                focus=focus,
                practice_tags=tuple(sorted(rng.sample(PRACTICES, rng.randint(1, 3)))) if is_visit else (),
                initiated_by="principal" if by == "ild" and school and rng.random() < 0.15 else by,
                is_planned=cancel_reason is not None or (is_visit and rng.random() < 0.85),
                cancelled_at=cancelled_at,
                cancel_reason=cancel_reason,
                is_ild_informed=by == "ild" or rng.random() < 0.85,
                recorded_at=cancelled_at or self._recorded(rng, start + minutes * 60, is_visit),
                next_step_due_on=due_on,
                next_step_reviewed_on=reviewed,
            )
        )

    def _recorded(self, rng: Random, ended_at: int, is_visit: bool) -> int:
        """Mostly within hours; one line in twelve days later, visits by at most five days."""
        if rng.random() < 0.92:
            return ended_at + rng.randint(60, 4 * 3_600)
        return ended_at + rng.randint(1, 5 if is_visit else 20) * 86_400

    def numbered(self) -> list[Touchpoint]:
        """The lines in order of their time, with their numbers."""
        self.lines.sort(key=lambda t: (t.occurred_at, t.staff.staff_id, t.minutes))
        return [replace(line, id=f"T{number:06d}") for number, line in enumerate(self.lines, 1)]
