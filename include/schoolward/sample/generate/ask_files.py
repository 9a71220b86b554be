"""What the central office asks of principals, what they say of it, and whether it finds them substitutes."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

from msgspec.structs import replace

from schoolward.sample.generate import plan_dimensions as plan
from schoolward.sample.generate.calendars import SchoolCalendar
from schoolward.sample.generate.people import People
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.registers import Register
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School
from schoolward.sample.generate.staffing import BEFORE
from schoolward.sources.csv_registers import CentralAsk, PulseSurvey, RoleReadiness, ServiceSurvey, SubstituteDay

ASKS_PER_UNIT = 12
SERVICE_SURVEYS = (date(2025, 10, 24), date(2026, 1, 30), date(2026, 5, 15))
PULSE_SURVEYS = (date(2025, 11, 21), date(2026, 3, 6))
N_LEADERS = 128
"""Principals and secretaries asked how a unit serves them."""


def central_asks(seed: int, rules: Rules, schools: Sequence[School]) -> Register[CentralAsk]:
    """A dozen asks of every unit; one unit's are due at once, another's go over the ILDs."""
    rng, days = stream(seed, "central asks"), rules.calendar.instructional_days
    rows = [_ask(rng, unit.id, day, schools) for unit in rules.units for day in sorted(rng.sample(days, ASKS_PER_UNIT))]
    hurried = [school.id for school in schools if school.number in plan.SHORT_NOTICE_SCHOOLS]
    rows += [
        CentralAsk(
            ask_id="", unit_id=plan.SHORT_NOTICE, sent_on=day, kind="data_request",
            due_on=day + timedelta(days=rng.randint(1, 3)), is_mandatory=True, estimated_minutes=45,
            is_routed_via_ild=True, school_ids=hurried,
        )
        for day in [d for d in days if d >= plan.SHORT_NOTICE_SINCE][::6]
    ]  # fmt: skip
    rows.sort(key=lambda ask: (ask.sent_on, ask.unit_id))
    return Register("central_asks", _numbered(rows), lambda row: row.sent_on)


def _ask(rng: Random, unit: str, day: date, schools: Sequence[School]) -> CentralAsk:
    kind = "directive" if unit == plan.DIRECTS else rng.choice(("form", "data_request", "meeting", "directive"))
    chosen = sorted(school.id for school in rng.sample(schools, rng.randint(8, 30)))
    return CentralAsk(
        ask_id="", unit_id=unit, sent_on=day, kind=kind, due_on=day + timedelta(days=rng.randint(10, 28)),
        is_mandatory=kind != "meeting" or rng.random() < 0.5, estimated_minutes=rng.randrange(15, 121, 15),
        is_routed_via_ild=rng.random() < (0.2 if unit == plan.DIRECTS else 0.97),
        school_ids=chosen if rng.random() < 0.6 else None,
    )  # fmt: skip


def _numbered(rows: Sequence[CentralAsk]) -> list[CentralAsk]:
    return [replace(row, ask_id=f"ASK-{number:04d}") for number, row in enumerate(rows, 1)]


def service_surveys(seed: int, rules: Rules) -> Register[ServiceSurvey]:
    """Three surveys a year; facilities low, Human Resources high, and one unit with too few answers in spring."""
    rng = stream(seed, "service surveys")
    return Register("service_surveys", list(_service_surveys(rng, rules)), lambda row: row.closed_on)


def _service_surveys(rng: Random, rules: Rules) -> Iterator[ServiceSurvey]:
    weights = {plan.LOW_RATED: (14, 24, 34, 20, 8), plan.HIGH_RATED: (1, 2, 10, 42, 45)}
    for closed_on in SERVICE_SURVEYS:
        for unit in rules.units:
            is_thin = unit.id == plan.FEW_ANSWERS and closed_on.year == 2026
            n = rng.randint(4, 7) if is_thin else rng.randint(60, 104)
            ratings = rng.choices((1, 2, 3, 4, 5), weights.get(unit.id, (4, 8, 22, 42, 24)), k=n)
            yield ServiceSurvey(
                survey_id=f"SS-{closed_on:%Y-%m}", unit_id=unit.id, closed_on=closed_on, n_responses=n,
                rating_sum=float(sum(ratings)), n_satisfied=sum(r >= 4 for r in ratings), n_invited=N_LEADERS,
            )  # fmt: skip


def pulse_surveys(seed: int, rules: Rules, people: People) -> Register[PulseSurvey]:
    """Twice a year: whether staff can say how their work links to the theory of action."""
    rng = stream(seed, "pulse surveys")
    rows = []
    for closed_on in PULSE_SURVEYS:
        for unit in rules.units:
            n_staff = len(people.unit_staff[unit.id]) + len(people.case_managers[unit.id]) + 1
            n = n_staff - rng.randint(0, 1)
            share = 0.4 if unit.id == plan.CANNOT_SAY else rng.uniform(0.8, 0.97)
            rows.append(
                PulseSurvey(
                    survey_id=f"PS-{closed_on:%Y-%m}", unit_id=unit.id, closed_on=closed_on, n_responses=n,
                    n_agree=round(n * share), n_invited=n_staff,
                )
            )  # fmt: skip
    return Register("pulse_surveys", rows, lambda row: row.closed_on)


def substitute_days(seed: int, calendar: SchoolCalendar, schools: Sequence[School]) -> Register[SubstituteDay]:
    """Substitutes asked for and found, by school and instructional day; where need is high, about half is found."""
    rng = stream(seed, "substitutes")
    rows = []
    for day in calendar.instructional_days:
        for school in schools:
            if school.is_open_on(day):
                n_teachers = max(4, school.n_students // 19)
                n_requested = sum(rng.random() < 0.055 for _ in range(n_teachers))
                share = 0.52 if school.need >= plan.UNFILLED_NEED else 0.88
                n_filled = sum(rng.random() < share for _ in range(n_requested))
                rows.append(SubstituteDay(school_id=school.id, day=day, n_requested=n_requested, n_filled=n_filled))
    return Register("substitutes", rows, lambda row: row.day)


def role_readiness(seed: int, people: People) -> Register[RoleReadiness]:
    """Everybody at the interface with schools passed the steps of the role, but for some of one unit's case managers."""
    rng = stream(seed, "role readiness")
    rows = [("ild", stint.person.staff_id, stint.starts_on) for stint in people.ilds]
    for unit, stints in people.case_managers.items():
        ready = stints[2:] if unit == plan.UNREADY else stints
        rows += [("case_manager", stint.person.staff_id, stint.starts_on) for stint in ready]
    rows += [("unit_chief", chief.staff_id, BEFORE) for chief in people.chiefs.values()]
    return Register(
        "role_readiness",
        [
            RoleReadiness(
                readiness_id=f"RR-{number:03d}", staff_id=staff, role=role,
                completed_on=starts_on - timedelta(days=rng.randint(5, 60)),
            )
            for number, (role, staff, starts_on) in enumerate(rows, 1)
        ],
        lambda row: row.completed_on or BEFORE,
    )  # fmt: skip
