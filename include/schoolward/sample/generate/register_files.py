"""The central office's registers as files: the contact log weekly as what changed, the others whole."""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from pathlib import Path
from random import Random

from schoolward.sample.generate import plan
from schoolward.sample.generate.calendars import (
    FIRST_CHECKPOINT_ON,
    YEAR_ENDS_ON,
    YEAR_STARTS_ON,
    SchoolCalendar,
    iso_text,
)
from schoolward.sample.generate.folder import deliver, stamp
from schoolward.sample.generate.hr_files import extract_days
from schoolward.sample.generate.people import People
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School
from schoolward.sample.generate.staffing import BEFORE, N_CASE_MANAGERS
from schoolward.sample.generate.touchpoints import Touchpoint

CONTACTS_AT, CASE_MANAGERS_AT, PROJECTS_AT = time(17, 30), time(3, 0), time(3, 30)
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
            ends_on = min((d for d in (stint.ends_on, school.closes_on) if d), default=None)
            yield f"{key}-1", school.id, unit, stint.person.staff_id, True, BEFORE, ends_on
            is_forgotten = plan.NO_CASE_MANAGER.get(school.number) == unit
            if stint.ends_on and not is_forgotten and school.is_open_on(stint.ends_on):
                colleague = managers[(number + 1) % N_CASE_MANAGERS].person
                since = stint.ends_on + timedelta(days=3)
                yield f"{key}-2", school.id, unit, colleague.staff_id, True, since, school.closes_on


def write_projects(seed: int, folder: Path, rules: Rules, schools: Sequence[School], people: People) -> None:
    """Projects with milestones, professional development with attendance, and evaluations, whole, every other month."""
    content = _Registers(stream(seed, "registers"), rules, schools, people)
    days = [
        date(2025, 10, 1),
        date(2025, 12, 1),
        date(2026, 2, 2),
        FIRST_CHECKPOINT_ON,
        date(2026, 4, 17),
        date(2026, 5, 29),
    ]
    for day in days:
        instant = rules.calendar.instant(day, PROJECTS_AT)
        for name, (header, rows) in content.as_of(day).items():
            deliver(folder, instant, f"registers/{name}_{day:%Y%m%d}.csv", header, rows)


class _Registers:
    """What the registers will hold at the end of the year; ``as_of`` shows what was known on a day."""

    def __init__(self, rng: Random, rules: Rules, schools: Sequence[School], people: People) -> None:
        self.rng, self.rules, self.schools, self.people = rng, rules, schools, people
        self.projects = [self._project(number) for number in range(1, 25)]
        self.milestones = [self._milestone(number) for number in range(len(self.projects) * 4)]
        ilds = [stint.person.staff_id for stint in people.ilds if stint.ends_on is None]
        self.events = [self._event(number) for number in range(60)]
        staff = [person.staff_id for group in people.unit_staff.values() for person in group]
        self.attendance = [
            (event[0], person, event[4] - rng.choice((0, 0, 0, 15)))
            for event in self.events
            for person in (ilds if event[1] == "ild" else rng.sample(staff, 14))
            if rng.random() < 0.9
        ]
        self.evaluations = list(self._evaluations())

    def _project(self, number: int) -> tuple[str, str, str, list[str], list[str], str | None, bool, date, date | None]:
        rng = self.rng
        units = sorted(rng.sample([u.id for u in self.rules.units], rng.choice((1, 2, 2, 3))))
        opened = date(2025, 7, 1) + timedelta(days=rng.randint(0, 260))
        closed = opened + timedelta(days=rng.randint(90, 240)) if rng.random() < 0.6 else None
        return (
            f"PRJ-{number:03d}",
            f"T{rng.randint(10, 99)}",
            self.people.chiefs[units[0]].staff_id,
            units,
            sorted(s.id for s in rng.sample(self.schools, rng.randint(3, 16))),
            rng.choice(("H1", "H2", "H3", None)),
            rng.random() < 0.8,
            opened,
            closed,
        )

    def _milestone(self, number: int) -> tuple[str, str, date, date, date | None]:
        rng = self.rng
        project = self.projects[number // 4]
        baseline = project[7] + timedelta(days=30 * (number % 4 + 1))
        current = baseline + timedelta(days=rng.choice((0, 0, 0, 14, 30)))
        done = current + timedelta(days=rng.randint(-12, 6)) if rng.random() < 0.93 else None
        return f"MS-{number + 1:04d}", project[0], baseline, current, done

    def _event(self, number: int) -> tuple[str, str, str, bool, int, date, float, str]:
        rng = self.rng
        is_for_ilds = number % 2 == 0
        held = YEAR_STARTS_ON + timedelta(days=1 + 5 * number)
        minutes = rng.choice((60, 90, 120, 180))
        return (
            f"PD-{number + 1:03d}",
            "ild" if is_for_ilds else "unit",
            rng.choice(("observation", "feedback", "case_management", "project_management", "data_use")),
            rng.random() < 0.7,
            minutes,
            held,
            float(rng.choice((0, 0, 250, 900))),
            rng.choice(("internal", "university", "network")),
        )

    def _evaluations(self) -> Iterator[tuple[str, str, str, str, str, str, date, date | None]]:
        for school in self.schools:
            for act, due in (
                ("goal_setting", date(2025, 10, 31)),
                ("mid_year_review", date(2026, 2, 27)),
                ("summative", date(2026, 6, 5)),
            ):
                lead = self.people.principal_of(school, due)
                if lead is not None:
                    done = due + timedelta(days=self.rng.randint(-20, -1)) if self.rng.random() < 0.97 else None
                    signer = self.people.chiefs["hr"].staff_id
                    key = f"EV-{school.number:03d}-{act}"
                    yield key, lead.person.staff_id, "2025-26", act, signer, "Human Resources", due, done

    def as_of(self, day: date) -> dict[str, tuple[Sequence[str], list[Sequence[object]]]]:
        """Header and rows by register."""

        def known(when: date | None) -> date | None:
            return when if when is not None and when <= day else None

        opened = {p[0] for p in self.projects if p[7] <= day}
        held = {e[0] for e in self.events if e[5] <= day}
        return {
            "projects": (
                (
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
                ),
                [
                    (*p[:7], "closed" if known(p[8]) else "open", p[7], known(p[8]))
                    for p in self.projects
                    if p[0] in opened
                ],
            ),
            "milestones": (
                ("milestone_id", "project_id", "baseline_due_on", "current_due_on", "done_on"),
                [(*m[:4], known(m[4])) for m in self.milestones if m[1] in opened],
            ),
            "pd_events": (
                ("event_id", "audience", "topic_code", "is_job_embedded", "minutes", "held_on", "cost", "provider"),
                [e for e in self.events if e[0] in held],
            ),
            "pd_attendance": (
                ("event_id", "staff_id", "attended_minutes"),
                [a for a in self.attendance if a[0] in held],
            ),
            "evaluations": (
                (
                    "evaluation_id",
                    "principal_staff_id",
                    "cycle",
                    "act_type",
                    "evaluator_staff_id",
                    "signed_by_office",
                    "due_on",
                    "completed_on",
                ),
                [(*e[:7], known(e[7])) for e in self.evaluations],
            ),
        }
