"""What ILDs and unit staff learn, and who holds principals accountable."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from schoolward.sample.generate import plan_dimensions as plan
from schoolward.sample.generate.calendars import SPRING_STARTS_ON, SchoolCalendar
from schoolward.sample.generate.contact_kinds import network_of_ild
from schoolward.sample.generate.people import People
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.registers import Register
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School
from schoolward.sources.csv_records import Evaluation, PdAttendance, PdEvent

N_EVENTS = 100
"""Two in five for ILDs, three in five for the staff of two units at a time."""
TOPICS = ("observation", "feedback", "case_management", "project_management", "data_use")
ACTS = (
    ("goal_setting", date(2025, 10, 31)),
    ("mid_year_review", date(2026, 2, 27)),
    ("summative", date(2026, 6, 5)),
)
"""What a principal's evaluation consists of, and when each act is due."""
ENTERED_ON = date(2025, 8, 1)


def registers(seed: int, rules: Rules, schools: Sequence[School], people: People) -> list[Register[Any]]:
    """Every register of this part."""
    rng = stream(seed, "professional development")
    events = list(_events(rng, rules.calendar))
    attendance = [row for event in events for row in _attendance(rng, rules, people, event)]
    held_on = {event.event_id: event.held_on or ENTERED_ON for event in events}
    acts = list(_evaluations(stream(seed, "evaluations"), schools, people))
    return [
        Register("pd_events", events, lambda row: held_on[row.event_id]),
        Register("pd_attendance", attendance, lambda row: held_on[row.event_id]),
        Register("evaluations", acts, lambda row: ENTERED_ON, ("completed_on",)),
    ]


def _events(rng: Random, calendar: SchoolCalendar) -> Iterator[PdEvent]:
    days = calendar.instructional_days
    for number in range(1, N_EVENTS + 1):
        yield PdEvent(
            event_id=f"PD-{number:03d}", audience="ild" if number % 5 in (1, 3) else "unit", topic_code=rng.choice(TOPICS),
            is_job_embedded=rng.random() < 0.75, minutes=rng.choice((60, 90, 120, 180)),
            held_on=days[(number - 1) * len(days) // N_EVENTS], cost=float(rng.choice((0, 0, 250, 900))),
            provider=rng.choice(("internal", "university", "network")),
        )  # fmt: skip


def _attendance(rng: Random, rules: Rules, people: People, event: PdEvent) -> Iterator[PdAttendance]:
    """Nine of ten come; one ILD never, and one unit's staff no more after the winter break."""
    assert event.held_on is not None
    assert event.minutes is not None
    if event.audience == "ild":
        networks = network_of_ild(people)
        invited = [
            stint.person.staff_id
            for stint in people.ilds
            if stint.covers(event.held_on) and networks[stint.person.staff_id] != plan.WITHOUT_LEARNING_IN_NETWORK
        ]
    else:
        units = rng.sample([unit.id for unit in rules.units], 2)
        if event.held_on >= SPRING_STARTS_ON:
            units = [unit for unit in units if unit != plan.WITHOUT_CAPACITY]
        invited = [person.staff_id for unit in units for person in people.unit_staff[unit]]
        invited += [
            stint.person.staff_id
            for unit in units
            for stint in people.case_managers[unit]
            if stint.covers(event.held_on)
        ]
    for staff in invited:
        if rng.random() < 0.9:
            yield PdAttendance(
                event_id=event.event_id, staff_id=staff, attended_minutes=event.minutes - rng.choice((0, 0, 0, 15))
            )  # fmt: skip


def _evaluations(rng: Random, schools: Sequence[School], people: People) -> Iterator[Evaluation]:
    """Signed by Human Resources, in time: the system holds principals accountable, not their ILDs, except where planted."""
    for school in schools:
        for act, due_on in ACTS:
            lead = people.principal_of(school, due_on)
            if lead is None:
                continue
            is_mid_year = act == "mid_year_review"
            by_ild = (
                act == "goal_setting" and school.network == plan.EVALUATES_IN_NETWORK and lead.supervisor is not None
            )
            is_late = is_mid_year and school.network == plan.LATE_EVALUATIONS_IN_NETWORK
            signer = lead.supervisor if by_ild and lead.supervisor else people.chiefs["hr"]
            done_on = due_on + timedelta(days=rng.randint(2, 12) if is_late else -rng.randint(1, 20))
            yield Evaluation(
                evaluation_id=f"EV-{school.number:03d}-{act}", principal_staff_id=lead.person.staff_id, cycle="2025-26",
                act_type=act, evaluator_staff_id=signer.staff_id, due_on=due_on,
                signed_by_office=f"Network {school.network}" if by_ild else "Human Resources",
                completed_on=done_on if rng.random() < 0.97 else None,
            )  # fmt: skip
