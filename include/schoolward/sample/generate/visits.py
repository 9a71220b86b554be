"""When each ILD visits which school: a rhythm of five to eight instructional days, or what was planted instead."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from schoolward.sample.generate import plan
from schoolward.sample.generate.calendars import SPRING_STARTS_ON, SchoolCalendar
from schoolward.sample.generate.people import People
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.schools import School

PER_DAY = 5
"""Visits an ILD can make in a day."""
PATCHY_EVERY, PATCHY_FIRST = 15, 13
"""Instructional days between the visits of an ILD who keeps two windows in three, and the term's first one."""
BESIDE_A_BREAK = (
    date(2025, 11, 17),
    date(2025, 12, 1),
    date(2025, 12, 15),
    date(2026, 1, 5),
    date(2026, 3, 16),
    date(2026, 3, 30),
)
"""Mondays of the weeks in which every school is visited, so that a two-week window cut short by a break is kept too."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit on a day; a cancelled one did not happen."""

    school: School
    is_cancelled: bool = False


def plan_visits(
    seed: int, calendar: SchoolCalendar, schools: Sequence[School], people: People
) -> Mapping[tuple[str, date], list[Visit]]:
    """Visits by ILD (staff id) and day."""
    planner = _Planner(seed, calendar, schools, people)
    for index, day in enumerate(calendar.instructional_days):
        planner.plan(index, day)
    return planner.visits


class _Planner:
    """Every school is due some days after its last visit; an ILD takes the longest due first, and no more than a day holds."""

    def __init__(self, seed: int, calendar: SchoolCalendar, schools: Sequence[School], people: People) -> None:
        self.visits: dict[tuple[str, date], list[Visit]] = defaultdict(list)
        self._rng = stream(seed, "visits")
        self._schools, self._people = schools, people
        self._due = {school.number: self._rng.randrange(0, 6) for school in schools}
        self._patchy_days = _patchy_days(calendar)
        self._week: date | None = None

    def plan(self, index: int, day: date) -> None:
        monday = day - timedelta(days=day.weekday())
        if monday != self._week and monday in BESIDE_A_BREAK:
            for number, due in self._due.items():
                self._due[number] = min(due, index + self._rng.randrange(0, 4))
        self._week = monday
        for school in sorted(self._schools, key=lambda s: (self._due[s.number], s.number)):
            principal = self._people.principal_of(school, day)
            if principal is None or principal.supervisor is None:
                continue
            if school.number in plan.PATCHY_VISITS:
                if day in self._patchy_days:
                    self.visits[principal.supervisor.staff_id, day].append(Visit(school))
            elif self._due[school.number] <= index:
                self._visit(school, index, day, self.visits[principal.supervisor.staff_id, day])

    def _visit(self, school: School, index: int, day: date, today: list[Visit]) -> None:
        stopped_on = plan.VISITS_STOPPED.get(school.number)
        if stopped_on and day > stopped_on:
            today.append(Visit(school, is_cancelled=True))
            self._due[school.number] = index + 8
        elif sum(not visit.is_cancelled for visit in today) < PER_DAY:
            is_cancelled = self._rng.random() < 0.03
            today.append(Visit(school, is_cancelled))
            self._due[school.number] = index + (1 if is_cancelled else self._rng.randint(5, 8))


def _patchy_days(calendar: SchoolCalendar) -> frozenset[date]:
    """The days of an ILD who comes every third week, and once more before the winter break."""
    fall = [day for day in calendar.instructional_days if day < SPRING_STARTS_ON]
    spring = [day for day in calendar.instructional_days if day >= SPRING_STARTS_ON]
    return frozenset([*fall[PATCHY_FIRST::PATCHY_EVERY], fall[-2], *spring[PATCHY_FIRST::PATCHY_EVERY]])
