"""Projects of the central office and their milestones: some late, some to end a recurring request, some too many for a school."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from schoolward.sample.generate import plan_dimensions as plan
from schoolward.sample.generate.people import People
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.registers import Register
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School
from schoolward.sources.csv_records import Project, ProjectMilestone

N_PROJECTS, MILESTONES_EACH, N_OVERLOADING = 24, 4, 6
HYPOTHESES = ("H1", "H2", "H3", None)


def registers(seed: int, rules: Rules, schools: Sequence[School], people: People) -> list[Register[Any]]:
    """Every register of this part."""
    rng = stream(seed, "projects")
    projects = [
        *_usual(rng, rules, schools, people),
        *_against_recurring(rng, schools, people),
        *_overloading(rng, schools, people),
    ]
    opened = {project.project_id: _opened(project) for project in projects}
    milestones = [m for project in projects for m in _milestones(rng, project)]
    return [
        Register("projects", projects, _opened, ("closed_on",), {"status": "open"}),
        Register("milestones", milestones, lambda row: opened[row.project_id], ("done_on",)),
    ]


def _opened(project: Project) -> date:
    assert project.opened_on is not None
    return project.opened_on


def _usual(rng: Random, rules: Rules, schools: Sequence[School], people: People) -> Iterator[Project]:
    for number in range(1, N_PROJECTS + 1):
        units = sorted(rng.sample([unit.id for unit in rules.units], rng.choice((1, 2, 2, 3))))
        opened_on = date(2025, 7, 1) + timedelta(days=rng.randint(0, 260))
        closed_on = opened_on + timedelta(days=rng.randint(90, 240)) if rng.random() < 0.6 else None
        is_initiative = rng.random() < 0.6
        yield Project(
            project_id=f"PRJ-{number:03d}", title_code=f"T{rng.randint(10, 99)}", unit_ids=units,
            owner_staff_id=people.chiefs[units[0]].staff_id if rng.random() < 0.9 else None,
            school_ids=sorted(school.id for school in rng.sample(schools, rng.randint(3, 16))),
            toa_hypothesis_id=rng.choice(HYPOTHESES), has_learning_outcome=rng.random() < 0.8, is_initiative=is_initiative,
            has_support_plan=is_initiative and rng.random() < 0.75, status="closed" if closed_on else "open",
            opened_on=opened_on, closed_on=closed_on,
        )  # fmt: skip


def _against_recurring(rng: Random, schools: Sequence[School], people: People) -> Iterator[Project]:
    """A project for every kind of request that keeps coming back, but one."""
    for number, (category, unit) in enumerate(plan.PROJECT_OF_CATEGORY.items(), 1):
        yield Project(
            project_id=f"PRJ-R{number:02d}", title_code=f"R{number:02d}", unit_ids=[unit],
            owner_staff_id=people.chiefs[unit].staff_id, school_ids=sorted(s.id for s in rng.sample(schools, 20)),
            toa_hypothesis_id="H2", has_learning_outcome=True, is_initiative=False, has_support_plan=False,
            request_category=category, status="open", opened_on=date(2025, 9, 2) + timedelta(days=3 * number),
        )  # fmt: skip


def _overloading(rng: Random, schools: Sequence[School], people: People) -> Iterator[Project]:
    """Initiatives that all fall on the same schools."""
    chosen = [school.id for school in schools if school.number in plan.OVERLOADED_SCHOOLS]
    units = list(people.chiefs)
    for number in range(1, N_OVERLOADING + 1):
        unit = units[number % len(units)]
        yield Project(
            project_id=f"PRJ-I{number:02d}", title_code=f"I{number:02d}", unit_ids=sorted({unit, "curriculum"}),
            owner_staff_id=people.chiefs[unit].staff_id, school_ids=chosen, toa_hypothesis_id=None,
            has_learning_outcome=rng.random() < 0.5, is_initiative=True, has_support_plan=number == 1, status="open",
            opened_on=date(2025, 9, 15) + timedelta(days=7 * number),
        )  # fmt: skip


def _milestones(rng: Random, project: Project) -> Iterator[ProjectMilestone]:
    """One a month; those of one unit's own projects slip by weeks."""
    is_late = (project.unit_ids or [""])[0] == plan.LATE_PROJECTS
    for number in range(1, MILESTONES_EACH + 1):
        baseline = _opened(project) + timedelta(days=30 * number)
        current = baseline + timedelta(days=rng.choice((21, 35, 60) if is_late else (0, 0, 0, 0, 0, 14)))
        done_on = current + timedelta(days=rng.randint(-9, 0)) if rng.random() < 0.95 else None
        yield ProjectMilestone(
            milestone_id=f"MS-{project.project_id.removeprefix('PRJ-')}-{number}", project_id=project.project_id,
            baseline_due_on=baseline, current_due_on=current, done_on=done_on,
        )  # fmt: skip
