"""ServiceNow's Table API: requests (incidents), the groups, people and places they name, SLA clocks and audit events.

Facts about the API: every value is a string, ``""`` is null, stamps are UTC without a zone; a page may be short, or empty of
readable rows, because access rules are applied after the limit; an unknown field or condition is silently ignored.
Never declared, so never asked for: short descriptions, descriptions, comments and work notes, close notes, names of callers.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec

from schoolward.errors import SchoolwardError
from schoolward.ingest.decode import Decoder, Derived
from schoolward.ingest.http import DEFAULT_LIMITS, Client, Limits
from schoolward.ingest.sign_in import Basic, ClientCredentials
from schoolward.ingest.wire import Path
from schoolward.sources.base import Hashed, Pull, Record, Source, Stream, stream_findings
from schoolward.sources.options import count_mistakes, share_mistakes, stream_mistakes, unknown_mistakes
from schoolward.sources.servicenow_pull import TablePull
from schoolward.sources.servicenow_table import Position, Table, question_of, stamp_of


class Incident(Record, kw_only=True, frozen=True):
    """One incident as it now stands: codes and references only, no text."""

    sys_id: str
    number: str
    state: int
    """1 new, 2 in progress, 3 on hold, 6 resolved, 7 closed, 8 cancelled."""
    priority: int | None = None
    urgency: int | None = None
    impact: int | None = None
    category: str | None = None
    subcategory: str | None = None
    contact_type: str | None = None
    caller_id: str | None = None
    opened_by: str | None = None
    opened_at: datetime
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    sys_created_on: datetime | None = None
    sys_updated_on: datetime
    sys_mod_count: int | None = None
    assignment_group: str | None = None
    assigned_to: str | None = None
    location: str | None = None
    company: str | None = None
    reassignment_count: int | None = None
    reopen_count: int | None = None
    hold_reason: str | None = None
    """1 = awaiting the caller."""
    close_code: str | None = None
    active: bool | None = None
    made_sla: bool | None = None
    parent_incident: str | None = None


class SysUserGroup(Record, kw_only=True, frozen=True):
    """An assignment group: a team of a service unit."""

    sys_id: str
    name: str
    active: bool | None = None
    manager: str | None = None
    sys_updated_on: datetime
    sys_mod_count: int | None = None


class SysUser(Record, kw_only=True, frozen=True):
    """A person known to the help desk, without a name."""

    sys_id: str
    user_name_hash: Hashed | None = msgspec.field(name="user_name", default=None)
    """Of the log-in name, by which audit rows name their actor."""
    employee_number: str | None = None
    email_hash: Hashed | None = msgspec.field(name="email", default=None)
    location: str | None = None
    department: str | None = None
    active: bool | None = None
    sys_updated_on: datetime
    sys_mod_count: int | None = None


class CmnLocation(Record, kw_only=True, frozen=True):
    """A place; ``school_code`` is read from the field that ``options.location_code_field`` names."""

    sys_id: str
    name: str | None = None
    parent: str | None = None
    school_code: str | None = None
    sys_updated_on: datetime
    sys_mod_count: int | None = None


class TaskSla(Record, kw_only=True, frozen=True):
    """One SLA clock on one incident; durations are the vendor's stamps counted from 1970-01-01."""

    sys_id: str
    task: str | None = None
    sla: str | None = None
    stage: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    planned_end_time: datetime | None = None
    has_breached: bool | None = None
    pause_duration: str | None = None
    business_pause_duration: str | None = None
    active: bool | None = None
    sys_updated_on: datetime
    sys_mod_count: int | None = None


class SysAudit(Record, kw_only=True, frozen=True):
    """One change of one coded field of an incident."""

    sys_id: str
    tablename: str
    documentkey: str
    fieldname: str
    oldvalue: str | None = None
    newvalue: str | None = None
    user: str | None = None
    """The actor's user name; a reserved word, to be quoted in SQL."""
    user_hash: Hashed | None = None
    """The same, hashed: equals ``sys_user.user_name_hash`` of the actor."""
    record_checkpoint: int | None = None
    sys_created_on: datetime


class SysAuditJournal(Record, kw_only=True, frozen=True):
    """That a comment or a work note was written, by whom and when; what it says is never asked for."""

    sys_id: str
    tablename: str
    documentkey: str
    fieldname: str
    user: str | None = None
    """The actor's user name; a reserved word, to be quoted in SQL."""
    user_hash: Hashed | None = None
    """The same, hashed: equals ``sys_user.user_name_hash`` of the actor."""
    record_checkpoint: int | None = None
    sys_created_on: datetime


STREAMS: tuple[Stream, ...] = (
    Stream(
        "servicenow",
        "incident",
        Incident,
        ("sys_id",),
        "Incidents: requests of schools to service units.",
        lookups=("sys_id",),
    ),
    Stream("servicenow", "sys_user_group", SysUserGroup, ("sys_id",), "Assignment groups."),
    Stream("servicenow", "sys_user", SysUser, ("sys_id",), "People known to the help desk, without names."),
    Stream(
        "servicenow", "cmn_location", CmnLocation, ("sys_id",), "Places, with the school's code where one is mapped."
    ),
    Stream("servicenow", "task_sla", TaskSla, ("sys_id",), "SLA clocks on incidents.", lookups=("task",)),
    Stream(
        "servicenow",
        "sys_audit",
        SysAudit,
        ("sys_id",),
        "Changes of coded fields of incidents.",
        is_optional=True,
        is_log=True,
        lookups=("documentkey",),
    ),
    Stream(
        "servicenow",
        "sys_audit_journal",
        SysAuditJournal,
        ("sys_id",),
        "That comments and work notes were written, without their text.",
        is_optional=True,
        is_log=True,
        lookups=("documentkey",),
    ),
)

AUDITED_FIELDS = (
    "state", "assignment_group", "assigned_to", "priority", "reopen_count", "location", "category", "subcategory", "active",
    "urgency", "impact", "hold_reason", "incident_state", "reassignment_count", "contact_type", "company", "parent_incident",
)  # fmt: skip
"""Fields whose old and new values are codes or references; a text field must never join them."""
JOURNAL_FIELDS = ("comments", "work_notes")
_AUDITS: Mapping[str, tuple[str, ...]] = {"sys_audit": AUDITED_FIELDS, "sys_audit_journal": JOURNAL_FIELDS}
_ACTOR_HASH = Derived("user_hash", (("user",),), lambda users: users[0])

PAGE_SIZE = 2000
OVERLAP = timedelta(minutes=5)
"""Long transactions commit rows with stamps already passed."""
_FIELD_NAME = re.compile(r"[a-z][a-z0-9_.]*")
_OPTIONS = ("location_code_field", "overlap_minutes", "log_sweep_days", "page_size", "streams", "max_deleted_share")


@dataclass
class ServiceNow(Source):
    """A ServiceNow instance, read through the Table API."""

    limits: Limits = DEFAULT_LIMITS

    @cached_property
    def client(self) -> Client:
        """Signed in as the connection says: basic, or OAuth client credentials (``extra.auth``)."""
        auth = self.connection.extra.get("auth", "basic")
        if auth == "basic":
            return Client(self.connection, Basic(self.connection), self.limits)
        if auth == "oauth_client_credentials":
            token_path = str(self.connection.extra.get("token_path", "/oauth_token.do"))
            sign_in = ClientCredentials(self.connection, token_path, style="body")
            return Client(self.connection, sign_in, self.limits)
        raise SchoolwardError(
            f"Connection {self.connection.id!r}: auth {auth!r} is not known. Use basic or oauth_client_credentials."
        )

    @cached_property
    def table(self) -> Table:
        return Table(self.client, self.connection.path.rstrip("/") + "/api/now/table")

    def streams(self) -> tuple[Stream, ...]:
        wanted = self.config.options.get("streams")
        return tuple(s for s in STREAMS if wanted is None or s.name in wanted)

    def pull(
        self,
        stream: Stream,
        *,
        cursor: Mapping[str, Any] | None = None,
        since: datetime | None = None,
        full: bool = False,
    ) -> Pull:
        resume = None
        start = since.astimezone(UTC) if since else None
        if cursor and not since and not full:
            if "started" in cursor:  # a first load that ended on its way
                resume = Position(cursor["stamp"], cursor["sys_id"])
            else:
                start = stamp_of(cursor) - self._overlap
        options = self.config.options
        places: dict[str, Path | None] = {}
        if stream.record is CmnLocation:
            field = options.get("location_code_field")
            places["school_code"] = (field,) if field else None
        audited = _AUDITS.get(stream.name)
        derived = (_ACTOR_HASH,) if audited else ()
        decoder = Decoder(stream.record, stream.key, "result", self.hash_key, places=places, derived=derived)
        question = question_of(
            "sys_audit" if audited else stream.name,
            ("tablename=incident", f"fieldnameIN{','.join(audited)}") if audited else (),
            "sys_created_on" if audited else "sys_updated_on",
            start=start,
            resume=resume,
            full=full,
        )
        return TablePull(
            self.table,
            question,
            decoder,
            ",".join(decoder.vendor_fields),
            int(options.get("page_size", PAGE_SIZE)),
            check=_asked_for(audited) if audited else None,
            cursor=None if full else cursor,
        )

    def check(self) -> Sequence[str]:
        """Sign in and count each stream's rows."""

        def count(stream: Stream) -> None:
            audited = _AUDITS.get(stream.name)
            stamp = "sys_created_on" if audited else "sys_updated_on"
            table = "sys_audit" if audited else stream.name
            self.table.probe(question_of(table, (), stamp, start=None, resume=None, full=False))

        return stream_findings(self.streams(), count)

    def close(self) -> None:
        if "client" in self.__dict__:
            self.client.close()

    @property
    def _overlap(self) -> timedelta:
        minutes = self.config.options.get("overlap_minutes")
        return OVERLAP if minutes is None else timedelta(minutes=minutes)


def _asked_for(fields: tuple[str, ...]) -> Any:
    def is_asked_for(record: Any) -> bool:
        return record.tablename == "incident" and record.fieldname in fields

    return is_asked_for


def check_options(options: Mapping[str, Any]) -> list[str]:
    """One sentence per mistake in a source's options."""
    mistakes = unknown_mistakes(options, _OPTIONS)
    field = options.get("location_code_field")
    if field is not None and not (isinstance(field, str) and _FIELD_NAME.fullmatch(field)):
        mistakes.append("location_code_field must be a column of cmn_location, such as u_school_code")
    mistakes += count_mistakes(options, "overlap_minutes", 0, 7 * 24 * 60)
    mistakes += count_mistakes(options, "log_sweep_days", 1, 3650)
    mistakes += count_mistakes(options, "page_size", 1, 10_000)
    return mistakes + stream_mistakes(options, STREAMS) + share_mistakes(options, "max_deleted_share")


SOURCE = ServiceNow
