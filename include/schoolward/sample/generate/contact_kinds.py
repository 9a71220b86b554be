"""What kind of contact each line of the log was, and who watched: told after the days are full, from randomness of its own."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from schoolward.sample.generate import plan_dimensions as plan
from schoolward.sample.generate.calendars import SPRING_STARTS_ON, SchoolCalendar
from schoolward.sample.generate.people import People, Person
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.touchpoints import LEARNING, Touchpoint

EVALUATION = "evaluation"
"""The practice tag of an evaluation inside a coaching contact."""
KINDS, KIND_WEIGHTS = ("routine_service", "substantive", "safety", "legal"), (52, 40, 5, 3)


def describe(seed: int, calendar: SchoolCalendar, people: People, contacts: Sequence[Touchpoint]) -> list[Touchpoint]:
    """The log with kinds, practices and observers as planted."""
    networks = network_of_ild(people)
    units = {stint.person.staff_id: unit for unit, stints in people.case_managers.items() for stint in stints}
    watched = _observed(seed, calendar, people, contacts, networks)
    return [
        _ild_contact(stream(seed, "kind", line.id), line, networks[line.staff.staff_id], watched.get(line.id))
        if line.staff.staff_id in networks
        else _unit_contact(stream(seed, "kind", line.id), line, units[line.staff.staff_id])
        for line in contacts
    ]


def network_of_ild(people: People) -> Mapping[str, int]:
    """The network an ILD directs, by staff id; a successor stands last and takes the network over."""
    posts = {
        stint.person: position
        for position in people.positions
        if position.job_code == "C210"
        for stint in position.stints
    }
    return {stint.person.staff_id: int(posts[stint.person].department.removeprefix("N")) for stint in people.ilds}


def _ild_contact(rng: Random, line: Touchpoint, network: int, observer: Person | None) -> Touchpoint:
    tags, reviewed = line.practice_tags, line.next_step_reviewed_on
    if tags and network == plan.MONITORS_IN_NETWORK and rng.random() < 0.6:
        tags = ("monitoring",)
    if tags and rng.random() < (0.25 if network == plan.EVALUATES_IN_NETWORK else 0.02):
        tags = tuple(sorted({*tags, EVALUATION}))
    if network == plan.FORGETS_STEPS_IN_NETWORK and rng.random() < 0.5:
        reviewed = None
    return replace(
        line, contact_type="substantive", practice_tags=tags, next_step_reviewed_on=reviewed, observed_by=observer
    )


def _unit_contact(rng: Random, line: Touchpoint, unit: str) -> Touchpoint:
    """Principals call their case managers more often than they are called; most units tell the ILD of what has substance."""
    kind = rng.choices(KINDS, KIND_WEIGHTS)[0]
    is_informed = rng.random() < (0.35 if unit == plan.BYPASSES else 0.96)
    initiated_by = "unit" if rng.random() < 0.4 else "principal"
    return replace(line, contact_type=kind, initiated_by=initiated_by, is_ild_informed=is_informed)


def _observed(
    seed: int, calendar: SchoolCalendar, people: People, contacts: Sequence[Touchpoint], networks: Mapping[str, int]
) -> dict[str, Person]:
    """One visit of every ILD and month is watched and talked over by the Chief of Schools, except where planted."""
    chief = next(a.person for a in people.assignments if a.role == "ild_supervisor")
    months: dict[tuple[str, int], list[str]] = {}
    for line in contacts:
        if (
            line.setting == "school"
            and line.focus == LEARNING
            and not line.cancelled_at
            and line.staff.staff_id in networks
        ):
            day = calendar.local_day(line.occurred_at)
            if networks[line.staff.staff_id] != plan.UNOBSERVED_IN_NETWORK or day < SPRING_STARTS_ON:
                months.setdefault((line.staff.staff_id, day.month), []).append(line.id)
    return {stream(seed, "observed", *key).choice(lines): chief for key, lines in months.items()}
