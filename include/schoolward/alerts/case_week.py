"""What a case manager's page knows: the schools that are theirs in their unit, and what those wait for. It reads no others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import class_row

MOST_PUSHES = 8
MOST_RECURRING = 8
AGES = (2, 5, 10, 20)
"""Last working day of each class of age; what is older is a class of its own."""


@dataclass(frozen=True, slots=True)
class CaseSchool:
    """A school whose primary case manager in a unit this is, and what it had open there at the week's end."""

    school_key: str
    school_name: str
    unit_id: str
    unit_name: str
    n_open: int
    n_past_promise: int
    n_ageing: int
    """Of the open requests, those past twice their promised time."""
    oldest_request_number: str | None
    oldest_open_working_days: int | None


@dataclass(frozen=True, slots=True)
class QueuedRequest:
    """An open request: its number, type and times, never what it says."""

    request_number: str
    school_name: str
    unit_id: str
    priority: int
    request_type: str
    open_working_days: int
    promise_left_business_minutes: float | None
    """Until the nearer promise slips, negative once it has; None where nothing was promised."""

    @property
    def is_past_promise(self) -> bool:
        return self.promise_left_business_minutes is not None and self.promise_left_business_minutes < 0


@dataclass(frozen=True, slots=True)
class AgeClass:
    """Open requests of one age, in working days, both ends included; without an end for the oldest."""

    first: int
    last: int | None
    n_open: int
    n_past_promise: int


@dataclass(frozen=True, slots=True)
class RecurringType:
    """A type of request that kept coming back at a school in four weeks."""

    school_name: str
    request_type: str
    n_requests: int
    n_schools: int
    """Schools of the district where it kept coming back in a month."""


@dataclass(frozen=True, slots=True)
class CaseWeek:
    """One case manager's week; of requests and types only what the page names."""

    schools: tuple[CaseSchool, ...]
    pushes: tuple[QueuedRequest, ...]
    ages: tuple[AgeClass, ...]
    recurring: tuple[RecurringType, ...]
    n_recurring: int
    is_known: bool = True
    """False for a week from before the marts begin, which show the last ones only."""

    @property
    def pairs(self) -> frozenset[tuple[str, str | None]]:
        """The schools, each with the unit it is theirs in."""
        return frozenset((s.school_key, s.unit_id) for s in self.schools)


_IS_KNOWN = "select coalesce(min(week_start_on) <= %s, true) from marts.case_manager_school_week"
_SCHOOLS = """
    select school_key, school_name, unit_id, unit_name, n_open, n_past_promise, n_ageing, oldest_request_number, oldest_open_working_days
    from marts.case_manager_school_week
    where week_start_on = %s and staff_id = %s
    order by school_name, school_key, unit_name
"""
_REQUESTS = """
    select request_number, school_name, unit_id, priority, request_type, open_working_days,
           promise_left_business_minutes::float8 as promise_left_business_minutes
    from marts.open_request_week
    where week_start_on = %s and unit_id = %s and school_key = any(%s)
"""
_RECURRING = """
    select school_name, request_type, n_requests, n_schools
    from marts.recurring_request_week
    where week_start_on = %s and unit_id = %s and school_key = any(%s)
"""


def read_case_week(connection: psycopg.Connection[Any], week: date, staff_id: str | None) -> CaseWeek:
    """The week of a case manager by HR number, as it stood at its end; of schools and units that are not theirs nothing."""
    with connection.cursor(row_factory=class_row(CaseSchool)) as cursor:
        schools = cursor.execute(_SCHOOLS, (week, staff_id)).fetchall()
    requests: list[QueuedRequest] = []
    recurring: list[RecurringType] = []
    for unit in sorted({s.unit_id for s in schools}):
        asked = (week, unit, [s.school_key for s in schools if s.unit_id == unit])
        with connection.cursor(row_factory=class_row(QueuedRequest)) as cursor:
            requests += cursor.execute(_REQUESTS, asked).fetchall()
        with connection.cursor(row_factory=class_row(RecurringType)) as cursor:
            recurring += cursor.execute(_RECURRING, asked).fetchall()
    [(is_known,)] = connection.execute(_IS_KNOWN, (week,)).fetchall()
    recurring.sort(key=lambda r: (-r.n_requests, -r.n_schools, r.school_name, r.request_type))
    return CaseWeek(
        tuple(schools), by_push(requests)[:MOST_PUSHES], by_age(requests), tuple(recurring[:MOST_RECURRING]), len(recurring),
        is_known,
    )  # fmt: skip


def by_push(requests: Iterable[QueuedRequest]) -> tuple[QueuedRequest, ...]:
    """Which needs a push first: urgent ones, then those furthest past their promise, then those nearest to it."""

    def order(r: QueuedRequest) -> tuple[bool, bool, float, int, str]:
        left = r.promise_left_business_minutes
        return r.priority != 1, left is None, left or 0.0, -r.open_working_days, r.request_number

    return tuple(sorted(requests, key=order))


def by_age(requests: Sequence[QueuedRequest]) -> tuple[AgeClass, ...]:
    """How many are how old, the newest first; a class may be empty."""
    classes = []
    for first, last in zip((0, *(age + 1 for age in AGES)), (*AGES, None), strict=True):
        found = [r for r in requests if first <= r.open_working_days and (last is None or r.open_working_days <= last)]
        classes.append(AgeClass(first, last, len(found), sum(r.is_past_promise for r in found)))
    return tuple(classes)
