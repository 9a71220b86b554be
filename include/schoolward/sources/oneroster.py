"""OneRoster 1.2 (REST): schools, school years, staff with their roles, and what school-level need is counted from.

Facts about the protocol: a limit may be clamped silently, so a short page is not the end; the wrapper's key is not the endpoint's
name; booleans come as strings; end dates are exclusive; deletions show as ``status = "tobedeleted"``, or not at all.
Never declared, so never decoded: names, user names, birth dates, sex, race, addresses, phone numbers, passwords.

A vendor name with dots is a path into the record; ``roles[]`` means one record for each element of that list.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import msgspec

from schoolward.errors import SchoolwardError
from schoolward.ingest.decode import Decoder, Only
from schoolward.ingest.http import DEFAULT_LIMITS, Client, Limits
from schoolward.ingest.sign_in import AUTH_STYLES, ClientCredentials
from schoolward.ingest.wire import Path
from schoolward.sources.base import Hashed, Pull, Record, Source, Stream, stream_findings
from schoolward.sources.oneroster_pull import CollectionPull
from schoolward.sources.options import (
    count_mistakes,
    mapping_mistakes,
    share_mistakes,
    stream_mistakes,
    unknown_mistakes,
)


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

_COLLECTIONS: Mapping[str, str] = {
    "orgs": "orgs",
    "academic_sessions": "academicSessions",
    "users": "users",
    "user_roles": "users",
    "enrollments": "enrollments",
    "demographics": "demographics",
}
"""Endpoint of each stream; the page's member that holds the rows has the same name."""
_ALWAYS_WHOLE = frozenset({"user_roles", "enrollments", "demographics"})
"""A role taken from a user only shows by its absence; students' rows are let go after 30 days and must be seen again."""
NOT_STAFF = frozenset({"student", "guardian", "parent", "relative"})
_NEVER_DECODED: Mapping[str, frozenset[str]] = {
    "orgs": frozenset({"children"}),
    "academicSessions": frozenset({"children"}),
    "users": frozenset({
        "userMasterIdentifier", "username", "userIds", "givenName", "familyName", "middleName", "preferredFirstName",
        "preferredMiddleName", "preferredLastName", "pronouns", "userProfiles", "sms", "phone", "agents", "grades", "password",
        "resources", "status", "dateLastModified", "enabledUser", "identifier", "email", "primaryOrg", "metadata",
    }),
    "enrollments": frozenset({"class", "primary", "dateLastModified", "metadata"}),
    "demographics": frozenset({
        "status", "dateLastModified", "birthDate", "sex", "americanIndianOrAlaskaNative", "asian", "blackOrAfricanAmerican",
        "nativeHawaiianOrOtherPacificIslander", "white", "demographicRaceTwoOrMoreRaces", "hispanicOrLatinoEthnicity",
        "countryOfBirthCode", "stateOfBirthAbbreviation", "cityOfBirth", "publicSchoolResidenceStatus",
    }),
}  # fmt: skip
"""Members the standard knows and we leave out on purpose: no news when they come."""

_MAPPINGS: Mapping[str, str] = {"orgs": "org_metadata", "demographics": "demographics_metadata"}
BASE_PATH = "/ims/oneroster/rostering/v1p2"
TOKEN_PATH = "/oauth2/token"  # noqa: S105 - a path
PAGE_SIZE = 1000
OVERLAP = timedelta(hours=24)
"""Many SIS materialise what they show: rows appear later, with older stamps."""
_SCOPE = "https://purl.imsglobal.org/spec/or/v1p2/scope/"
_OPTIONS = ("org_metadata", "demographics_metadata", "overlap_hours", "page_size", "streams", "max_deleted_share")


def _is_staff(roles: Sequence[Any]) -> bool:
    return any(role not in NOT_STAFF for role in roles)


def _is_there(status: Sequence[Any]) -> bool:
    return "tobedeleted" not in status


_STAFF = Only(("roles[]", "role"), _is_staff)
_ONLY: Mapping[str, tuple[Only, ...]] = {
    "users": (_STAFF,),
    "user_roles": (_STAFF, Only(("status",), _is_there)),  # a deleted user has no roles left
}


def _mapped(stream: str) -> tuple[str, ...]:
    """The columns of a stream that a district maps to metadata."""
    record = next(s.record for s in STREAMS if s.name == stream)
    return tuple(f.name for f in msgspec.structs.fields(record) if f.encode_name.startswith("metadata."))


@dataclass
class OneRoster(Source):
    """A SIS, read through OneRoster 1.2's rostering service."""

    limits: Limits = DEFAULT_LIMITS
    _clients: dict[str, Client] = field(default_factory=dict, init=False, repr=False)

    def streams(self) -> tuple[Stream, ...]:
        """Students' rows are read only where the district maps what to count from them."""
        options = self.config.options
        wanted = options.get("streams")
        reads_students = bool(options.get("demographics_metadata"))
        return tuple(
            s for s in STREAMS if (wanted is None or s.name in wanted) and (reads_students or not s.is_student)
        )

    def pull(
        self,
        stream: Stream,
        *,
        cursor: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        full: bool = False,
    ) -> Pull:
        changed_after = since
        if cursor and since is None:
            changed_after = datetime.fromisoformat(cursor["since"]) - self._overlap
        if full or stream.name in _ALWAYS_WHOLE:
            changed_after = None
        collection = _COLLECTIONS[stream.name]
        decoder = Decoder(
            stream.record,
            stream.key,
            collection,
            self.hash_key,
            places=self._places(stream.name),
            only=_ONLY.get(stream.name, ()),
            known_fields=_NEVER_DECODED[collection],
        )
        page_size = int(self.config.options.get("page_size", PAGE_SIZE))
        return CollectionPull(
            self._client(stream.name), self._path(collection), decoder, page_size, changed_after=changed_after
        )

    def check(self) -> Sequence[str]:
        """Sign in and ask each collection for one record."""

        def ask(stream: Stream) -> None:
            self._client(stream.name).get(self._path(_COLLECTIONS[stream.name]), {"limit": "1"}, lambda _: None)

        return stream_findings(self.streams(), ask)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    def _client(self, stream: str) -> Client:
        """A client whose token has the scope the stream needs: a district may withhold demographics alone."""
        extra = self.connection.extra
        default = "roster-demographics.readonly" if stream == "demographics" else "roster-core.readonly"
        scope = str(extra.get("scope", _SCOPE + default))
        style = extra.get("auth_style", "basic")
        if style not in AUTH_STYLES:
            raise SchoolwardError(
                f"Connection {self.connection.id!r}: auth_style {style!r} is not known. Use one of {', '.join(AUTH_STYLES)}."
            )
        if scope not in self._clients:
            token_path = str(extra.get("token_path", TOKEN_PATH))
            sign_in = ClientCredentials(self.connection, token_path, scope=scope, style=style)
            self._clients[scope] = Client(self.connection, sign_in, self.limits)
        return self._clients[scope]

    def _path(self, collection: str) -> str:
        base = str(self.connection.extra.get("base_path") or self.connection.path or BASE_PATH)
        return f"/{base.strip('/')}/{collection}"

    def _places(self, stream: str) -> dict[str, Path | None]:
        mapping = self.config.options.get(_MAPPINGS.get(stream, ""), {})
        return {column: ("metadata", mapping[column]) if column in mapping else None for column in _mapped(stream)}

    @property
    def _overlap(self) -> timedelta:
        hours = self.config.options.get("overlap_hours")
        return OVERLAP if hours is None else timedelta(hours=hours)


def check_options(options: Mapping[str, Any]) -> list[str]:
    """One sentence per mistake in a source's options."""
    mistakes = unknown_mistakes(options, _OPTIONS)
    for stream, option in _MAPPINGS.items():
        mistakes += mapping_mistakes(options, option, _mapped(stream))
    mistakes += count_mistakes(options, "overlap_hours", 0, 31 * 24)
    mistakes += count_mistakes(options, "page_size", 2, 10_000)
    return mistakes + stream_mistakes(options, STREAMS) + share_mistakes(options, "max_deleted_share")


SOURCE = OneRoster
