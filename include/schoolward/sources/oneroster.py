"""OneRoster 1.2 (REST): schools, school years, staff with their roles, and what school-level need is counted from.

Facts about the protocol: a limit may be clamped silently, so a short page is not the end; the wrapper's key is not the endpoint's
name; booleans come as strings; end dates are exclusive; deletions show as ``status = "tobedeleted"``, or not at all.
Never declared, so never decoded: names, user names, birth dates, sex, race, addresses, phone numbers, passwords.

A vendor name with dots is a path into the record; ``roles[]`` means one record for each element of that list.
"""

from datetime import date, datetime

import msgspec

from schoolward.sources.base import Hashed, Record, Stream


class Org(Record, kw_only=True, frozen=True):
    """A school, department or district. The last seven are read from ``metadata`` as ``options.org_metadata`` says."""

    sourced_id: str = msgspec.field(name="sourcedId")
    status: str | None = None
    date_last_modified: datetime | None = msgspec.field(name="dateLastModified", default=None)
    name: str
    type: str
    identifier: str | None = None
    parent_sourced_id: str | None = msgspec.field(name="parent.sourcedId", default=None)
    n_enrolled: int | None = msgspec.field(name="metadata.n_enrolled", default=None)
    n_low_income: int | None = msgspec.field(name="metadata.n_low_income", default=None)
    n_english_learner: int | None = msgspec.field(name="metadata.n_english_learner", default=None)
    n_disability: int | None = msgspec.field(name="metadata.n_disability", default=None)
    n_chronic_absent: int | None = msgspec.field(name="metadata.n_chronic_absent", default=None)
    state_id: str | None = msgspec.field(name="metadata.state_id", default=None)
    level: str | None = msgspec.field(name="metadata.level", default=None)


class AcademicSession(Record, kw_only=True, frozen=True):
    """A school year, term or grading period; ``end_on`` is exclusive, ``school_year`` the year in which it ends."""

    sourced_id: str = msgspec.field(name="sourcedId")
    status: str | None = None
    date_last_modified: datetime | None = msgspec.field(name="dateLastModified", default=None)
    title: str
    type: str
    start_on: date = msgspec.field(name="startDate")
    end_on: date = msgspec.field(name="endDate")
    parent_sourced_id: str | None = msgspec.field(name="parent.sourcedId", default=None)
    school_year: int | None = msgspec.field(name="schoolYear", default=None)


class User(Record, kw_only=True, frozen=True):
    """A member of staff, without a name. Users whose every role is a student's or a family's are dropped at decode."""

    sourced_id: str = msgspec.field(name="sourcedId")
    status: str | None = None
    date_last_modified: datetime | None = msgspec.field(name="dateLastModified", default=None)
    enabled: bool | None = msgspec.field(name="enabledUser", default=None)
    identifier: str | None = None
    email_hash: Hashed | None = msgspec.field(name="email", default=None)
    primary_org_sourced_id: str | None = msgspec.field(name="primaryOrg.sourcedId", default=None)


class UserRole(Record, kw_only=True, frozen=True):
    """One role of a member of staff at one org; ``end_on`` is exclusive."""

    user_sourced_id: str = msgspec.field(name="sourcedId")
    role: str = msgspec.field(name="roles[].role")
    org_sourced_id: str = msgspec.field(name="roles[].org.sourcedId")
    role_type: str = msgspec.field(name="roles[].roleType")
    begin_on: date | None = msgspec.field(name="roles[].beginDate", default=None)
    end_on: date | None = msgspec.field(name="roles[].endDate", default=None)


class Enrollment(Record, kw_only=True, frozen=True):
    """One person's place in one class of one school, under keyed hashes; counted per school, never shown."""

    sourced_id: Hashed = msgspec.field(name="sourcedId")
    user: Hashed = msgspec.field(name="user.sourcedId")
    """A reserved word, to be quoted in SQL."""
    school_sourced_id: str = msgspec.field(name="school.sourcedId")
    role: str | None = None
    status: str | None = None
    begin_on: date | None = msgspec.field(name="beginDate", default=None)
    end_on: date | None = msgspec.field(name="endDate", default=None)


class Demographic(Record, kw_only=True, frozen=True):
    """What one student's need is counted by, read from ``metadata`` as ``options.demographics_metadata`` says."""

    sourced_id: Hashed = msgspec.field(name="sourcedId")
    is_low_income: bool | None = msgspec.field(name="metadata.is_low_income", default=None)
    is_english_learner: bool | None = msgspec.field(name="metadata.is_english_learner", default=None)
    has_disability: bool | None = msgspec.field(name="metadata.has_disability", default=None)
    is_chronically_absent: bool | None = msgspec.field(name="metadata.is_chronically_absent", default=None)


STREAMS: tuple[Stream, ...] = (
    Stream("oneroster", "orgs", Org, ("sourced_id",), "Schools and the orgs above them."),
    Stream("oneroster", "academic_sessions", AcademicSession, ("sourced_id",), "School years and terms."),
    Stream("oneroster", "users", User, ("sourced_id",), "Staff, without names."),
    Stream(
        "oneroster",
        "user_roles",
        UserRole,
        ("user_sourced_id", "role", "org_sourced_id", "role_type"),
        "Roles of staff at orgs.",
    ),
    Stream(
        "oneroster",
        "enrollments",
        Enrollment,
        ("sourced_id",),
        "Students' places, under keyed hashes.",
        is_student=True,
    ),
    Stream(
        "oneroster",
        "demographics",
        Demographic,
        ("sourced_id",),
        "What students' need is counted by, under keyed hashes.",
        is_student=True,
        is_optional=True,
    ),
)
