"""When each ILD visits which school: a rhythm of five to eight instructional days, or what was planted instead."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from schoolward.sample.generate import plan
from schoolward.sample.generate.calendars import SchoolCalendar
from schoolward.sample.generate.people import People
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.schools import School

PER_DAY = 5
"""Visits an ILD can make in a day."""
PATCHY_GAP = 15
"""Instructional days between the visits of an ILD who keeps two windows in three."""
BESIDE_A_BREAK = (date(2025, 11, 17), date(2025, 12, 1), date(2025, 12, 15), date(2026, 1, 5), date(2026, 3, 16), date(2026, 3, 30))
"""Mondays of the weeks in which every school is visited, so that a short two-week window is kept too."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A visit on a day; a cancelled one did not happen."""

    school: School
    is_cancelled: bool = False


def plan_visits(
    seed: int, calendar: SchoolCalendar, schools: Sequence[School], people: People
) -> Mapping[tuple[str, date], list[Visit]]:
    """Visits by ILD (staff id) and day.

    Every school is due some days after its last visit; an ILD takes the longest due first, and no more than a day holds.
    """
    rng = stream(seed, "visits")
    visits: dict[tuple[str, date], list[Visit]] = defaultdict(list)
    due = {school.number: rng.randrange(0, 6) for school in schools}
    for index, day in enumerate(calendar.instructional_days):
        monday_of_week = date.fromordinal(day.toordinal() - day.weekday())
        if day == monday_of_week or index == 0:
            for school in schools:
                if monday_of_week in BESIDE_A_BREAK and school.number not in plan.PATCHY_VISITS:
                    due[school.number] = min(due[school.number], index + rng.randrange(0, 4))
        for school in sorted(schools, key=lambda s: (due[s.number], s.number)):
            principal = people.principal_of(school, day)
            if due[school.number] > index or principal is None or principal.supervisor is None:
                continue
            today = visits[principal.supervisor.staff_id, day]
            stopped_on = plan.VISITS_STOPPED.get(school.number)
            if stopped_on and day > stopped_on:
                due[school.number] = index + 8
                today.append(Visit(school, is_cancelled=True))
                continue
            if sum(not v.is_cancelled for v in today) >= PER_DAY:
                continue
            if school.number not in plan.PATCHY_VISITS and rng.random() < 0.03:
                today.append(Visit(school, is_cancelled=True))
                due[school.number] = index + 1
                continue
            today.append(Visit(school))
            due[school.number] = index + (PATCHY_GAP if school.number in plan.PATCHY_VISITS else rng.randint(5, 8))
    return visits
