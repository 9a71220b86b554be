"""Who asks which unit for what, when, and how it will go: a draft of every request, before its life is told."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import Enum
from random import Random

from schoolward.sample.generate import plan
from schoolward.sample.generate.calendars import YEAR_ENDS_ON, YEAR_STARTS_ON, days_between
from schoolward.sample.generate.people import People, Person
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.request_types import (
    CONTACT_TYPES,
    CONTACT_WEIGHTS,
    DEMAND,
    PRIORITIES,
    PRIORITY_WEIGHTS,
    RequestType,
)
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School

N_REQUESTS = 22_000
N_CENTRAL, N_NAMELESS = 240, 60
"""Requests of central staff for themselves, and of nobody known from nowhere: no school can be told, on purpose."""
PER_SMALL_SCHOOL = 34


class Course(Enum):
    """How a request goes, where not as usual."""

    USUAL = "usual"
    SLOW = "slow"
    LATE = "late"
    LONG_WAIT = "waits long for its caller"
    LEFT_OPEN = "left open"


@dataclass(frozen=True, slots=True)
class Draft:
    """A request as asked."""

    asked_at: int
    school: School | None
    caller: Person | None
    location: str
    """Which place the caller named: ``school``, ``central``, or nothing."""
    unit: str
    type: RequestType
    priority: int
    contact_type: str
    course: Course = Course.USUAL


def draft_requests(seed: int, rules: Rules, schools: Sequence[School], people: People) -> list[Draft]:
    """Every request of the year in the order of asking."""
    drafts: list[Draft] = []
    weights = {school.number: school.n_students**0.75 for school in schools if not school.is_small}
    for school in schools:
        rng = stream(seed, "requests", school.number)
        n = PER_SMALL_SCHOOL if school.is_small else N_REQUESTS * weights[school.number] / sum(weights.values())
        asker = _Asker(rng, rules, people, school)
        drafts += [d for d in asker.usual(round(n)) if school.is_open_on(rules.calendar.local_day(d.asked_at))]
        drafts += asker.planted()
    drafts += _unattributable(stream(seed, "requests", "central"), rules, people)
    return sorted(drafts, key=lambda d: d.asked_at)


class _Asker:
    """One school asking."""

    def __init__(self, rng: Random, rules: Rules, people: People, school: School) -> None:
        self.rng, self.rules, self.people, self.school = rng, rules, people, school
        self.days = days_between(YEAR_STARTS_ON, YEAR_ENDS_ON)
        self.instructional = set(rules.calendar.instructional_days)

    def usual(self, n: int) -> Iterator[Draft]:
        units = list(DEMAND)
        for unit in self.rng.choices(units, [DEMAND[u].share for u in units], k=n):
            yield self.ask(unit, _pick_day(self.rng, unit, self.days, self.instructional))

    def ask(self, unit: str, day: date, priority: int | None = None, course: Course | None = None) -> Draft:
        rng = self.rng
        types = DEMAND[unit].types
        kind = rng.choices(types, [t.weight for t in types])[0]
        priority = priority or rng.choices(PRIORITIES, PRIORITY_WEIGHTS)[0]
        course = course or self._course(unit, day, priority)
        contact = rng.choices(CONTACT_TYPES, CONTACT_WEIGHTS)[0]
        return Draft(
            asked_at=_time_of_day(rng, self.rules, day),
            school=self.school,
            caller=self._caller(day, contact),
            location="" if contact != "ild" and rng.random() < 0.06 else "school",
            unit=unit,
            type=kind,
            priority=priority,
            contact_type=contact,
            course=course,
        )

    def _caller(self, day: date, contact: str) -> Person | None:
        if contact == "ild":
            return self.rng.choice([s.person for s in self.people.ilds if s.covers(day)])
        offices = self.people.school_office[self.school.number]
        present = [person for position in offices for person in position.occupants(day)]
        return self.rng.choice(present) if present else None

    def _course(self, unit: str, day: date, priority: int) -> Course:
        number = self.school.number
        if plan.SLOW.get(number) == unit and day >= plan.SLOW_SINCE and priority > 1:
            return Course.SLOW
        return Course.USUAL

    def planted(self) -> Iterator[Draft]:
        """Requests that only a planted school makes."""
        number = self.school.number
        if unit := plan.SLOW.get(number):
            for day in self._school_days(date(2025, 12, 1), YEAR_ENDS_ON, every=3):
                yield self.ask(unit, day, priority=3)
        if unit := plan.AGEING.get(number):
            for day in self._school_days(plan.AGEING_SINCE, date(2025, 12, 20), every=4):
                yield self.ask(unit, day, priority=3, course=Course.LEFT_OPEN)
        if unit := plan.URGENT_OPEN.get(number):
            yield self.ask(unit, plan.URGENT_SINCE, priority=1, course=Course.LEFT_OPEN)
        if number == plan.HEAVY_CASE_MIX:
            for day in self._school_days(YEAR_STARTS_ON, YEAR_ENDS_ON, every=1):
                yield self.ask("facilities", day, priority=4)
        if self.school.is_small:
            yield self.ask("it", plan.SMALL_LATE_ON, priority=3, course=Course.LATE)

    def _school_days(self, first: date, end: date, every: int) -> tuple[date, ...]:
        return tuple(d for d in self.rules.calendar.instructional_days if first <= d < end)[::every]


def _unattributable(rng: Random, rules: Rules, people: People) -> Iterator[Draft]:
    days, instructional = days_between(YEAR_STARTS_ON, YEAR_ENDS_ON), set(rules.calendar.instructional_days)
    units = list(DEMAND)
    for number in range(N_CENTRAL + N_NAMELESS):
        is_central = number < N_CENTRAL
        unit = rng.choice(units)
        yield Draft(
            asked_at=_time_of_day(rng, rules, _pick_day(rng, unit, days, instructional)),
            school=None,
            caller=rng.choice(people.central) if is_central else None,
            location="central" if is_central and rng.random() < 0.8 else "",
            unit=unit,
            type=rng.choice(DEMAND[unit].types),
            priority=rng.choice((3, 4)),
            contact_type="email",
        )


def _pick_day(rng: Random, unit: str, days: Sequence[date], instructional: set[date]) -> date:
    """A day by the unit's season; by and large one on which school is held."""
    demand = DEMAND[unit]
    while True:
        day = rng.choice(days)
        usual = 1.0 if day in instructional else 0.12 if day.isoweekday() <= 5 else 0.04
        wave = 1.35 if day.isoweekday() == 1 else 1.0
        if rng.random() * 3.0 < demand.busy(day.month) * usual * wave:
            return day


def _time_of_day(rng: Random, rules: Rules, day: date) -> int:
    """Mostly the school's morning and midday; at times an evening."""
    hour = rng.triangular(6.6, 16.8, 9.2) if rng.random() < 0.95 else rng.uniform(17, 22.5)
    second = int(hour * 3600)
    return rules.calendar.instant(day, time(second // 3600, second // 60 % 60, second % 60))
