"""OneRoster 1.2's collections: where their rows are kept, how an answer wraps them, which fields they have."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_BASE = "sourcedId status dateLastModified metadata"

FIELDS: Mapping[str, frozenset[str]] = {
    wrapper: frozenset(f"{_BASE} {fields}".split())
    for wrapper, fields in {
        "orgs": "name type identifier parent children",
        "academicSessions": "title startDate endDate type parent children schoolYear",
        "users": "userMasterIdentifier username userIds enabledUser givenName familyName middleName preferredFirstName preferredMiddleName "
        "preferredLastName pronouns roles userProfiles primaryOrg identifier email sms phone agents grades password resources",
        "classes": "title classCode classType location grades subjects course school terms subjectCodes periods resources",
        "courses": "title schoolYear courseCode grades subjects org subjectCodes",
        "enrollments": "user class school role primary beginDate endDate",
        "demographics": "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white "
        "demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth "
        "publicSchoolResidenceStatus",
    }.items()
}
"""The specification's fields by wrapper key."""

RECORD_KEY: Mapping[str, str] = {
    "orgs": "org",
    "academicSessions": "academicSession",
    "users": "user",
    "classes": "class",
    "courses": "course",
    "enrollments": "enrollment",
    "demographics": "demographics",
}
"""The key that wraps a single record."""


@dataclass(frozen=True)
class Collection:
    """A flat collection: the rows of a file, or those of one kind."""

    name: str
    file: str
    kind_field: str = ""
    kind: str = ""

    @property
    def wrapper(self) -> str:
        return self.file

    def holds(self, record: Mapping[str, Any]) -> bool:
        """Whether a record of the file belongs to the collection."""
        if not self.kind_field:
            return True
        if self.kind_field == "roles":
            return any(isinstance(r, Mapping) and r.get("role") == self.kind for r in record.get("roles") or ())
        return bool(record.get(self.kind_field) == self.kind)


COLLECTIONS: Mapping[str, Collection] = {
    c.name: c
    for c in (
        *(Collection(name, name) for name in FIELDS),
        Collection("schools", "orgs", "type", "school"),
        Collection("students", "users", "roles", "student"),
        Collection("teachers", "users", "roles", "teacher"),
        Collection("terms", "academicSessions", "type", "term"),
        Collection("gradingPeriods", "academicSessions", "type", "gradingPeriod"),
    )
}

NESTED: Mapping[tuple[str, str], str] = {
    ("schools", "classes"): "school",
    ("schools", "courses"): "org",
    ("schools", "enrollments"): "school",
    ("classes", "enrollments"): "class",
    ("courses", "classes"): "course",
    ("schools", "students"): "primaryOrg",
    ("schools", "teachers"): "primaryOrg",
}
"""Nested collections and the reference by which a row belongs to its parent."""
