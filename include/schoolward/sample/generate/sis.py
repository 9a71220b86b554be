"""The SIS as OneRoster 1.2 gives it: orgs, sessions, staff with roles, and students with made-up names and birth dates.

Names, birth dates and sexes are there so that tests can prove that they never land.
"""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from random import Random
from typing import Any

from schoolward.sample.generate import names
from schoolward.sample.generate.calendars import (
    SPRING_STARTS_ON,
    YEAR_ENDS_ON,
    YEAR_STARTS_ON,
    SchoolCalendar,
    iso_text,
)
from schoolward.sample.generate.folder import Version
from schoolward.sample.generate.people import People, Person
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.schools import N_NETWORKS, School, network_id

DISTRICT_ID = "lk-district"
GRADES = {
    "elementary": ("KG", "01", "02", "03", "04", "05"),
    "middle": ("06", "07", "08"),
    "high": ("09", "10", "11", "12"),
}
FALL_ENDS_ON = date(2025, 12, 20)
COUNTED_ON = date(2026, 1, 20)
"""When chronic absence of the first half-year is written into the records."""


def orgs(calendar: SchoolCalendar, schools: Sequence[School], at: int) -> Iterator[Version]:
    """``orgs``: the district, its networks (type local) and schools; one renamed, one closed in the middle of the year."""
    yield _version(at, DISTRICT_ID, name="Lakeside Public Schools", type="district", identifier="4900000")
    for number in range(1, N_NETWORKS + 1):
        yield _version(
            at,
            network_id(number),
            name=f"Network {number}",
            type="local",
            identifier="",
            parent=_ref("orgs", DISTRICT_ID, "org"),
        )
    for school in schools:
        yield _org(at, school, school.name, "active")
        if school.renamed:
            since, name = school.renamed
            yield _org(calendar.instant(since, time(5)), school, name, "active")
        if school.closes_on:
            yield _org(calendar.instant(school.closes_on, time(5)), school, school.name, "tobedeleted")


def _org(at: int, school: School, name: str, status: str) -> Version:
    return _version(
        at,
        school.id,
        status,
        name=name,
        type="school",
        identifier=school.nces_id,
        parent=_ref("orgs", school.network_id, "org"),
        metadata={"schoolLevel": school.level, "stateId": school.state_id},
    )


def sessions(at: int) -> Iterator[Version]:
    """``academicSessions``: the year, its two terms, and their grading periods."""
    year = "lk-year-2026"
    yield _session(at, year, "School Year 2025-26", "schoolYear", YEAR_STARTS_ON, YEAR_ENDS_ON, None)
    terms = (
        ("fall", "Fall Term", YEAR_STARTS_ON, date(2025, 10, 14), FALL_ENDS_ON),
        ("spring", "Spring Term", SPRING_STARTS_ON, date(2026, 3, 28), YEAR_ENDS_ON),
    )
    for key, title, start, middle, end in terms:
        term = f"lk-term-{key}"
        yield _session(at, term, title, "term", start, end, year)
        yield _session(at, f"{term}-1", f"{title}, first quarter", "gradingPeriod", start, middle, term)
        yield _session(at, f"{term}-2", f"{title}, second quarter", "gradingPeriod", middle, end, term)


def _session(at: int, key: str, title: str, kind: str, start: date, end: date, parent: str | None) -> Version:
    known: dict[str, Any] = {
        "title": title,
        "type": kind,
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "schoolYear": "2026",
    }
    if parent:
        known["parent"] = _ref("academicSessions", parent, "academicSession")
    return _version(at, key, **known)


def staff(calendar: SchoolCalendar, schools: Sequence[School], people: People, at: int) -> Iterator[Version]:
    """``users`` who work at a school, with their roles there."""
    by_code = {school.hr_code: school for school in schools}
    sis_role = {"A100": "principal", "A110": "siteAdministrator", "B210": "aide", "T100": "teacher"}
    acting = {a.person.staff_id: a for a in people.assignments if a.role == "acting_principal"}
    for position in people.positions:
        role, school = sis_role.get(position.job_code), by_code.get(position.department)
        if role is None or school is None:
            continue
        for stint in position.stints:
            key = f"lk-usr-{position.id}-{stint.person.staff_id}"
            created = max(at, calendar.instant(stint.starts_on, time(5)))
            roles = [_role("primary", role, school, stint.starts_on, stint.ends_on)]
            yield _user(created, key, stint.person, school, roles, "active")
            if stand_in := acting.get(stint.person.staff_id):
                since = calendar.instant(stand_in.starts_on, time(5))
                roles = [*roles, _role("secondary", "principal", school, stand_in.starts_on, None)]
                yield _user(since, key, stint.person, school, roles, "active")
            if stint.ends_on:
                yield _user(calendar.instant(stint.ends_on, time(5)), key, stint.person, school, roles, "tobedeleted")


def _role(kind: str, role: str, school: School, start: date, end: date | None) -> dict[str, Any]:
    dates = {"beginDate": start.isoformat()} | ({"endDate": end.isoformat()} if end else {})
    return {"roleType": kind, "role": role, "org": _ref("orgs", school.id, "org"), **dates}


def _user(at: int, key: str, person: Person, school: School, roles: list[dict[str, Any]], status: str) -> Version:
    return _version(
        at,
        key,
        status,
        username=person.staff_id.lower(),
        enabledUser="true" if status == "active" else "false",
        givenName=person.given,
        familyName=person.family,
        identifier=person.staff_id,
        email=person.email,
        roles=roles,
        primaryOrg=_ref("orgs", school.id, "org"),
    )


class Students:
    """Versions of students' ``users``, ``enrollments``, ``demographics``, and of the ``classes`` they sit in."""

    def __init__(self, seed: int, calendar: SchoolCalendar, schools: Sequence[School], at: int) -> None:
        self.calendar, self.schools, self.at = calendar, schools, at
        self.users: list[Version] = []
        self.enrollments: list[Version] = []
        self.demographics: list[Version] = []
        self.classes: list[Version] = []
        self._number = 0
        for school in schools:
            self._fill(stream(seed, "students", school.number), school)

    def _fill(self, rng: Random, school: School) -> None:
        grades = GRADES[school.level]
        for grade in grades:
            self.classes.append(
                _version(
                    self.at,
                    _class_id(school, grade),
                    title=f"Homeroom {grade}",
                    classType="homeroom",
                    school=_ref("orgs", school.id, "org"),
                    terms=[_ref("academicSessions", "lk-year-2026", "academicSession")],
                    grades=[grade],
                )
            )
        n_late = round(school.n_students * 0.06)
        for number in range(school.n_students + n_late):
            comes_on = _some_day(rng, YEAR_STARTS_ON, 25, 290) if number >= school.n_students else YEAR_STARTS_ON
            goes_on = comes_on + timedelta(days=rng.randint(30, 200)) if rng.random() < 0.06 else None
            if school.closes_on:
                goes_on = min(goes_on or school.closes_on, school.closes_on)
                if comes_on >= school.closes_on:
                    continue
            self._student(rng, school, rng.choice(grades), comes_on, goes_on)

    def _student(self, rng: Random, school: School, grade: str, comes_on: date, goes_on: date | None) -> None:
        self._number += 1
        key = f"lk-stu-{self._number:06d}"
        created = self.at if comes_on == YEAR_STARTS_ON else self.calendar.instant(comes_on, time(16))
        given, family = rng.choice(names.STUDENT_GIVEN), rng.choice(names.STUDENT_FAMILY)
        user: dict[str, Any] = {
            "username": f"{given}.{family}.{self._number}".lower(),
            "enabledUser": "true",
            "givenName": given,
            "familyName": family,
            "identifier": str(700_000 + self._number),
            "email": f"{given}.{family}.{self._number}@pupils.lakeside.example".lower(),
            "roles": [{"roleType": "primary", "role": "student", "org": _ref("orgs", school.id, "org")}],
            "primaryOrg": _ref("orgs", school.id, "org"),
            "grades": [grade],
        }
        place: dict[str, Any] = {
            "user": _ref("users", key, "user"),
            "class": _ref("classes", _class_id(school, grade), "class"),
            "school": _ref("orgs", school.id, "org"),
            "role": "student",
            "primary": "true",
            "beginDate": comes_on.isoformat(),
        }
        self.users.append(_version(created, key, **user))
        self.enrollments.append(_version(created, f"lk-enr-{self._number:06d}", **place))
        self._needs(rng, school, key, created, 5 + GRADES[school.level].index(grade) + _FIRST_AGE[school.level])
        if goes_on is not None and goes_on < YEAR_ENDS_ON:
            gone = self.calendar.instant(goes_on, time(16))
            place["endDate"] = goes_on.isoformat()
            status = "tobedeleted" if rng.random() < 0.5 else "active"
            self.enrollments.append(_version(gone, f"lk-enr-{self._number:06d}", status, **place))
            self.users.append(_version(gone, key, "tobedeleted", **{**user, "enabledUser": "false"}))

    def _needs(self, rng: Random, school: School, key: str, created: int, age: int) -> None:
        """Flags of need, drawn from shares that follow the school's; absence is counted again in the middle of the year."""
        need = school.need
        flags = {
            "economicDisadvantage": rng.random() < 0.12 + 0.75 * need,
            "englishLearner": rng.random() < 0.03 + 0.32 * need,
            "specialEducation": rng.random() < 0.09 + 0.11 * need,
            "chronicallyAbsent": rng.random() < 0.06 + 0.28 * need,
        }
        fixed = {
            "birthDate": (date(2025 - age, 1, 1) + timedelta(days=rng.randrange(365))).isoformat(),
            "sex": rng.choice(("female", "male", "unspecified")),
        }
        self.demographics.append(_version(created, key, **fixed, metadata=_strings(flags)))
        if rng.random() < 0.05 and created < self.calendar.instant(COUNTED_ON, time(16)):
            flags["chronicallyAbsent"] = not flags["chronicallyAbsent"]
            counted = self.calendar.instant(COUNTED_ON, time(16))
            self.demographics.append(_version(counted, key, **fixed, metadata=_strings(flags)))


_FIRST_AGE = {"elementary": 0, "middle": 6, "high": 9}


def _strings(flags: dict[str, bool]) -> dict[str, str]:
    """OneRoster 1.2 writes its booleans as strings."""
    return {name: "true" if value else "false" for name, value in flags.items()}


def _class_id(school: School, grade: str) -> str:
    return f"lk-cls-{school.number:03d}-{grade}"


def _some_day(rng: Random, first: date, at_least: int, at_most: int) -> date:
    return first + timedelta(days=rng.randint(at_least, at_most))


def _ref(collection: str, key: str, kind: str) -> dict[str, str]:
    return {"href": f"/ims/oneroster/rostering/v1p2/{collection}/{key}", "sourcedId": key, "type": kind}


def _version(at: int, key: str, status: str = "active", **known: Any) -> Version:
    return Version(at, {"sourcedId": key, "status": status, "dateLastModified": iso_text(at)[:-1] + ".000Z", **known})
