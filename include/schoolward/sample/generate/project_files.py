"""The small registers as files, whole, every other month: projects, professional development, evaluations."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from pathlib import Path
from random import Random

from schoolward.sample.generate.calendars import FIRST_CHECKPOINT_ON, YEAR_STARTS_ON
from schoolward.sample.generate.folder import deliver
from schoolward.sample.generate.people import People
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School

DELIVERED_AT = time(3, 30)
DELIVERED_ON = (
    date(2025, 10, 1),
    date(2025, 12, 1),
    date(2026, 2, 2),
    FIRST_CHECKPOINT_ON,
    date(2026, 4, 17),
    date(2026, 5, 29),
)
N_PROJECTS, MILESTONES_EACH, N_EVENTS = 24, 4, 60
ACTS = (
    ("goal_setting", date(2025, 10, 31)),
    ("mid_year_review", date(2026, 2, 27)),
    ("summative", date(2026, 6, 5)),
)
"""What a principal's evaluation consists of, and when each act is due."""
PROJECT_HEADER = (
    "project_id",
    "title_code",
    "owner_staff_id",
    "unit_ids",
    "school_ids",
    "toa_hypothesis_id",
    "has_learning_outcome",
    "status",
    "opened_on",
    "closed_on",
)
MILESTONE_HEADER = ("milestone_id", "project_id", "baseline_due_on", "current_due_on", "done_on")
EVENT_HEADER = ("event_id", "audience", "topic_code", "is_job_embedded", "minutes", "held_on", "cost", "provider")
ATTENDANCE_HEADER = ("event_id", "staff_id", "attended_minutes")
EVALUATION_HEADER = (
    "evaluation_id",
    "principal_staff_id",
    "cycle",
    "act_type",
    "evaluator_staff_id",
    "signed_by_office",
    "due_on",
    "completed_on",
)
Row = Sequence[object]


@dataclass(frozen=True, slots=True)
class _Milestone:
    id: str
    baseline_due_on: date
    current_due_on: date
    done_on: date | None


@dataclass(frozen=True, slots=True)
class _Project:
    id: str
    common: Row
    """Title to learning outcome, as the header lists them."""
    opened_on: date
    closed_on: date | None
    milestones: tuple[_Milestone, ...]


@dataclass(frozen=True, slots=True)
class _Event:
    id: str
    common: Row
    """Audience to minutes."""
    held_on: date
    cost: float
    provider: str
    attendance: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class _Evaluation:
    common: Row
    """Id to due day."""
    completed_on: date | None


def write_projects(seed: int, folder: Path, rules: Rules, schools: Sequence[School], people: People) -> None:
    """Write each register as it was known on each day of delivery."""
    projects = list(_projects(stream(seed, "projects"), rules, schools, people))
    events = list(_events(stream(seed, "professional development"), people))
    evaluations = list(_evaluations(stream(seed, "evaluations"), schools, people))
    for day in DELIVERED_ON:
        instant = rules.calendar.instant(day, DELIVERED_AT)
        held = [event for event in events if event.held_on <= day]
        for name, header, rows in (
            ("projects", PROJECT_HEADER, _project_rows(projects, day)),
            ("milestones", MILESTONE_HEADER, _milestone_rows(projects, day)),
            ("pd_events", EVENT_HEADER, [(e.id, *e.common, e.held_on, e.cost, e.provider) for e in held]),
            ("pd_attendance", ATTENDANCE_HEADER, [row for e in held for row in e.attendance]),
            ("evaluations", EVALUATION_HEADER, [(*e.common, _known(e.completed_on, day)) for e in evaluations]),
        ):
            deliver(folder, instant, f"registers/{name}_{day:%Y%m%d}.csv", header, rows)


def _known(when: date | None, day: date) -> date | None:
    """What had happened by a day."""
    return when if when is not None and when <= day else None


def _project_rows(projects: Iterable[_Project], day: date) -> Iterator[Row]:
    for project in projects:
        if project.opened_on <= day:
            closed_on = _known(project.closed_on, day)
            yield project.id, *project.common, "closed" if closed_on else "open", project.opened_on, closed_on


def _milestone_rows(projects: Iterable[_Project], day: date) -> Iterator[Row]:
    for project in projects:
        if project.opened_on <= day:
            for m in project.milestones:
                yield m.id, project.id, m.baseline_due_on, m.current_due_on, _known(m.done_on, day)


def _projects(rng: Random, rules: Rules, schools: Sequence[School], people: People) -> Iterator[_Project]:
    for number in range(1, N_PROJECTS + 1):
        units = sorted(rng.sample([unit.id for unit in rules.units], rng.choice((1, 2, 2, 3))))
        opened_on = date(2025, 7, 1) + timedelta(days=rng.randint(0, 260))
        yield _Project(
            id=f"PRJ-{number:03d}",
            common=(
                f"T{rng.randint(10, 99)}",
                people.chiefs[units[0]].staff_id,
                units,
                sorted(school.id for school in rng.sample(schools, rng.randint(3, 16))),
                rng.choice(("H1", "H2", "H3", None)),
                rng.random() < 0.8,
            ),
            opened_on=opened_on,
            closed_on=opened_on + timedelta(days=rng.randint(90, 240)) if rng.random() < 0.6 else None,
            milestones=tuple(_milestones(rng, number, opened_on)),
        )


def _milestones(rng: Random, project: int, opened_on: date) -> Iterator[_Milestone]:
    for number in range(1, MILESTONES_EACH + 1):
        baseline = opened_on + timedelta(days=30 * number)
        current = baseline + timedelta(days=rng.choice((0, 0, 0, 14, 30)))
        done_on = current + timedelta(days=rng.randint(-12, 6)) if rng.random() < 0.93 else None
        yield _Milestone(f"MS-{project:03d}-{number}", baseline, current, done_on)


def _events(rng: Random, people: People) -> Iterator[_Event]:
    ilds = [stint.person.staff_id for stint in people.ilds if stint.ends_on is None]
    staff = [person.staff_id for group in people.unit_staff.values() for person in group]
    topics = ("observation", "feedback", "case_management", "project_management", "data_use")
    for number in range(1, N_EVENTS + 1):
        key, is_for_ilds, minutes = f"PD-{number:03d}", number % 2 == 1, rng.choice((60, 90, 120, 180))
        invited = ilds if is_for_ilds else rng.sample(staff, 14)
        yield _Event(
            id=key,
            common=("ild" if is_for_ilds else "unit", rng.choice(topics), rng.random() < 0.7, minutes),
            held_on=YEAR_STARTS_ON + timedelta(days=1 + 5 * (number - 1)),
            cost=float(rng.choice((0, 0, 250, 900))),
            provider=rng.choice(("internal", "university", "network")),
            attendance=tuple(
                (key, person, minutes - rng.choice((0, 0, 0, 15))) for person in invited if rng.random() < 0.9
            ),
        )


def _evaluations(rng: Random, schools: Sequence[School], people: People) -> Iterator[_Evaluation]:
    """Signed by Human Resources: the system holds principals accountable, not their ILDs."""
    for school in schools:
        for act, due_on in ACTS:
            lead = people.principal_of(school, due_on)
            if lead is not None:
                key, signer = f"EV-{school.number:03d}-{act}", people.chiefs["hr"].staff_id
                completed_on = due_on - timedelta(days=rng.randint(1, 20)) if rng.random() < 0.97 else None
                common = (key, lead.person.staff_id, "2025-26", act, signer, "Human Resources", due_on)
                yield _Evaluation(common, completed_on)
