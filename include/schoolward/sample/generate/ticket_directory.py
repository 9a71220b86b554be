"""The second help desk's own lists: people, organizations, groups, promises, hours and holidays."""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from typing import Any

from schoolward.sample.generate.calendars import SchoolCalendar, iso_text
from schoolward.sample.generate.folder import Version
from schoolward.sample.generate.helpdesk_directory import central_staff, stays_at_schools
from schoolward.sample.generate.people import People, Person
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School
from schoolward.sample.generate.ticket_identities import (
    CENTRAL_ORGANIZATION,
    GUEST_ID,
    POLICY_ID,
    PRIORITIES,
    SCHEDULE_ID,
    TicketIdentities,
    is_zendesk,
)
from schoolward.sample.generate.ticket_metrics import POLICY_TITLE

TIME_ZONE = "Central Time (US & Canada)"
"""Zendesk tells zones by names of its own."""
METRICS = (("first_reply_time", "response"), ("requester_wait_time", "resolution"))
"""The vendor's metric and which of our promises it measures."""


def users(
    ids: TicketIdentities, calendar: SchoolCalendar, schools: Sequence[School], people: People, at: int
) -> Iterator[Version]:
    """``users``: those who ask are end-users of their school's organization, those who answer agents; leavers are deleted."""
    agents = {person.staff_id for unit, staff in people.unit_staff.items() if is_zendesk(unit) for person in staff}
    agents |= {s.person.staff_id for unit, stints in people.case_managers.items() if is_zendesk(unit) for s in stints}
    for stay in stays_at_schools(schools, people):
        (first, _), (last, school) = stay[0], stay[-1]
        created = max(at, calendar.instant(first.starts_on, time(0)))
        yield Version(created, _user(ids, first.person, "end-user", ids.organization(school), created))
        if last.ends_on:
            left = calendar.instant(last.ends_on, time(0))
            yield Version(left, _user(ids, first.person, "end-user", ids.organization(school), created, left))
    managers = [s.person for unit, stints in people.case_managers.items() if is_zendesk(unit) for s in stints]
    for person in {p.staff_id: p for p in (*central_staff(people), *managers)}.values():
        role = "agent" if person.staff_id in agents else "end-user"
        yield Version(at, _user(ids, person, role, CENTRAL_ORGANIZATION, at))
    guest = {
        "id": GUEST_ID,
        "name": "A visitor",
        "email": "visitor@elsewhere.example",
        "role": "end-user",
        "external_id": None,
    }
    yield Version(at, {**guest, **_common(None, at, at), "active": True})


def _user(
    ids: TicketIdentities, person: Person, role: str, organization: int, created: int, left: int | None = None
) -> dict[str, Any]:
    return {
        "id": ids.user(person),
        "name": f"{person.given} {person.family}",
        "email": person.email,
        "role": role,
        "external_id": person.staff_id,
        **_common(organization, created, left or created),
        "active": left is None,
    }


def _common(organization: int | None, created: int, updated: int) -> dict[str, Any]:
    return {
        "organization_id": organization,
        "default_group_id": None,
        "suspended": False,
        "permanently_deleted": False,
        "phone": None,
        "time_zone": TIME_ZONE,
        "tags": [],
        "user_fields": {},
        "created_at": iso_text(created),
        "updated_at": iso_text(updated),
    }


def organizations(ids: TicketIdentities, schools: Sequence[School], at: int) -> Iterator[Version]:
    """``organizations``: a school each, by the name the help desk knows and mostly with the school's code; and the central office."""
    rows: list[tuple[int, str, str | None]] = [(CENTRAL_ORGANIZATION, "Central Office", None)]
    rows += [(ids.organization(school), school.location_name, school.location_code or None) for school in schools]
    for key, name, code in rows:
        yield Version(
            at,
            {
                "id": key, "name": name, "external_id": code, "domain_names": [], "details": None, "notes": None, "group_id": None,
                "shared_tickets": True, "tags": [], "organization_fields": {}, "created_at": iso_text(at), "updated_at": iso_text(at),
                "deleted_at": None,
            },
        )  # fmt: skip


def groups(ids: TicketIdentities, at: int) -> Iterator[Version]:
    """``groups``."""
    for name, key in ids.groups.items():
        yield Version(
            at, {"id": key, "name": name, "deleted": False, "created_at": iso_text(at), "updated_at": iso_text(at)}
        )


def sla_policies(rules: Rules, at: int) -> Iterator[Version]:
    """``sla_policies``: the district's promises, once more in the vendor's form."""
    metrics = [
        {
            "priority": word, "metric": metric, "business_hours": True,
            "target": getattr(rules.limits[unit.id, priority], promise) // 60,
            "target_in_seconds": getattr(rules.limits[unit.id, priority], promise),
        }
        for unit in rules.units
        if is_zendesk(unit.id)
        for priority, word in PRIORITIES.items()
        for metric, promise in METRICS
    ]  # fmt: skip
    yield Version(
        at,
        {
            "id": POLICY_ID, "title": POLICY_TITLE, "description": None, "position": 1, "filter": {"all": [], "any": []},
            "policy_metrics": metrics, "created_at": iso_text(at), "updated_at": iso_text(at),
        },
    )  # fmt: skip


def schedules(rules: Rules, at: int) -> Iterator[Version]:
    """``schedules``: minutes since Sunday 00:00."""
    [unit] = [unit for unit in rules.units if is_zendesk(unit.id)]
    intervals = [
        {
            "start_time": span.iso_weekday % 7 * 1440 + span.opens_at.hour * 60 + span.opens_at.minute,
            "end_time": span.iso_weekday % 7 * 1440 + span.closes_at.hour * 60 + span.closes_at.minute,
        }
        for span in unit.hours
    ]
    yield Version(
        at,
        {
            "id": SCHEDULE_ID, "name": unit.name, "time_zone": TIME_ZONE, "intervals": intervals,
            "created_at": iso_text(at), "updated_at": iso_text(at),
        },
    )  # fmt: skip


def holidays(rules: Rules, first: date, end: date, at: int) -> Iterator[Version]:
    """``holidays`` of the schedule: runs of closed days, both ends included."""
    [unit] = [unit for unit in rules.units if is_zendesk(unit.id)]
    runs: list[tuple[date, date]] = []
    for day in sorted(day for day in unit.closures if first <= day < end):
        if runs and day == runs[-1][1] + timedelta(days=1):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    for number, (start, last) in enumerate(runs, 1):
        yield Version(
            at,
            {
                "id": SCHEDULE_ID * 100 + number, "schedule_id": SCHEDULE_ID, "name": f"Closed {number}",
                "start_date": start.isoformat(), "end_date": last.isoformat(),
            },
        )  # fmt: skip
