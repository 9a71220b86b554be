"""ServiceNow's Table API: requests (incidents), the groups, people and places they name, SLA clocks and audit events.

Facts about the API: every value is a string, ``""`` is null, stamps are UTC without a zone; a page may be short, or empty of
readable rows, because access rules are applied after the limit; an unknown field or condition is silently ignored.
Never declared, so never asked for: short descriptions, descriptions, comments and work notes, close notes, names of callers.
"""

from datetime import datetime

import msgspec

from schoolward.sources.base import Hashed, Record, Stream


class Incident(Record, kw_only=True):
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


class SysUserGroup(Record, kw_only=True):
    """An assignment group: a team of a service unit."""

    sys_id: str
    name: str
    active: bool | None = None
    manager: str | None = None
    sys_updated_on: datetime
    sys_mod_count: int | None = None


class SysUser(Record, kw_only=True):
    """A person known to the help desk, without a name."""

    sys_id: str
    employee_number: str | None = None
    email_hash: Hashed | None = msgspec.field(name="email", default=None)
    location: str | None = None
    department: str | None = None
    active: bool | None = None
    sys_updated_on: datetime
    sys_mod_count: int | None = None


class CmnLocation(Record, kw_only=True):
    """A place; ``school_code`` is read from the field that ``options.location_code_field`` names."""

    sys_id: str
    name: str | None = None
    parent: str | None = None
    school_code: str | None = None
    sys_updated_on: datetime
    sys_mod_count: int | None = None


class TaskSla(Record, kw_only=True):
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


class SysAudit(Record, kw_only=True):
    """One change of one coded field of an incident."""

    sys_id: str
    tablename: str
    documentkey: str
    fieldname: str
    oldvalue: str | None = None
    newvalue: str | None = None
    user: str | None = None
    """The actor's user name; a reserved word, to be quoted in SQL."""
    record_checkpoint: int | None = None
    sys_created_on: datetime


class SysAuditJournal(Record, kw_only=True):
    """That a comment or a work note was written, by whom and when; what it says is never asked for."""

    sys_id: str
    tablename: str
    documentkey: str
    fieldname: str
    user: str | None = None
    """The actor's user name; a reserved word, to be quoted in SQL."""
    record_checkpoint: int | None = None
    sys_created_on: datetime


STREAMS: tuple[Stream, ...] = (
    Stream("servicenow", "incident", Incident, ("sys_id",), "Incidents: requests of schools to service units."),
    Stream("servicenow", "sys_user_group", SysUserGroup, ("sys_id",), "Assignment groups."),
    Stream("servicenow", "sys_user", SysUser, ("sys_id",), "People known to the help desk, without names."),
    Stream("servicenow", "cmn_location", CmnLocation, ("sys_id",), "Places, with the school's code where one is mapped."),
    Stream("servicenow", "task_sla", TaskSla, ("sys_id",), "SLA clocks on incidents."),
    Stream(
        "servicenow", "sys_audit", SysAudit, ("sys_id",), "Changes of coded fields of incidents.", is_optional=True
    ),
    Stream(
        "servicenow",
        "sys_audit_journal",
        SysAuditJournal,
        ("sys_id",),
        "That comments and work notes were written, without their text.",
        is_optional=True,
    ),
)
