"""The helpdesk's own lists of groups, places and people."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import time

from schoolward.sample.generate.calendars import SchoolCalendar, utc_text
from schoolward.sample.generate.folder import Version
from schoolward.sample.generate.identities import CENTRAL_LOCATION, Identities
from schoolward.sample.generate.people import People, Person, Stint
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School
from schoolward.sample.generate.ticket_identities import is_zendesk


def groups(ids: Identities, rules: Rules, people: People, at: int) -> Iterator[Version]:
    """``sys_user_group``."""
    for unit in rules.units:
        for group in () if is_zendesk(unit.id) else unit.groups:
            yield Version(
                at,
                {
                    "sys_id": ids.group(group),
                    "name": group,
                    "active": "true",
                    "manager": ids.user(people.chiefs[unit.id]),
                    **_stamps(at, 0),
                },
            )


def locations(ids: Identities, schools: Sequence[School], at: int) -> Iterator[Version]:
    """``cmn_location``: the helpdesk's names of schools, some without a code, and places that are no school."""
    district = ids.of("cmn_location", "Lakeside")
    for key, name in ((district, "Lakeside"), (ids.of("cmn_location", CENTRAL_LOCATION), CENTRAL_LOCATION)):
        parent = "" if key == district else district
        yield Version(at, {"sys_id": key, "name": name, "parent": parent, "u_school_code": "", **_stamps(at, 0)})
    for school in schools:
        record = {
            "sys_id": ids.location(school),
            "name": school.location_name,
            "parent": district,
            "u_school_code": school.location_code,
        }
        yield Version(at, {**record, **_stamps(at, 0)})


def users(
    ids: Identities, calendar: SchoolCalendar, schools: Sequence[School], people: People, at: int
) -> Iterator[Version]:
    """``sys_user``: those who ask and those who answer. A place is not corrected when somebody moves; leavers are switched off."""
    for stay in stays_at_schools(schools, people):
        (first, school), (last, _) = stay[0], stay[-1]
        known = (ids, first.person, ids.location(school), school.name)
        created = max(at, calendar.instant(first.starts_on, time(0)))
        yield Version(created, _user(*known, created, 0, "true"))
        if last.ends_on:
            left = calendar.instant(last.ends_on, time(0))
            yield Version(left, _user(*known, left, 1, "false"))
    place = ids.of("cmn_location", CENTRAL_LOCATION)
    for person in central_staff(people):
        yield Version(at, _user(ids, person, place, "Central office", at, 0, "true"))
    guest = {
        "sys_id": ids.of("sys_user", "guest"),
        "user_name": "guest",
        "employee_number": "",
        "email": "",
        "location": "",
        "department": "",
        "active": "true",
    }
    yield Version(at, {**guest, **_stamps(at, 0)})


def stays_at_schools(schools: Sequence[School], people: People) -> list[list[tuple[Stint, School]]]:
    """Where each of those who ask from a school worked, one after the other."""
    stays: dict[str, list[tuple[Stint, School]]] = defaultdict(list)
    for school in schools:
        for position in people.school_office[school.number]:
            for stint in position.stints:
                stays[stint.person.staff_id].append((stint, school))
    for stay in stays.values():
        stay.sort(key=lambda s: s[0].starts_on)
    return list(stays.values())


def central_staff(people: People) -> list[Person]:
    """Everybody of the central office who asks or answers."""
    return [
        *people.central,
        *people.chiefs.values(),
        *(person for staff in people.unit_staff.values() for person in staff),
        *(stint.person for stint in people.ilds),
    ]


def _user(
    ids: Identities, person: Person, location: str, department: str, at: int, mod_count: int, active: str
) -> dict[str, str]:
    return {
        "sys_id": ids.user(person),
        "user_name": person.staff_id,
        "employee_number": person.staff_id,
        "first_name": person.given,
        "last_name": person.family,
        "email": person.email,
        "location": location,
        "department": ids.of("cmn_department", department),
        "active": active,
        **_stamps(at, mod_count),
    }


def _stamps(at: int, mod_count: int) -> dict[str, str]:
    return {"sys_created_on": utc_text(at), "sys_updated_on": utc_text(at), "sys_mod_count": str(mod_count)}
