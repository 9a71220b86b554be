"""What is read of a Zendesk Support account: typed records and the streams they make.

Never declared, so never decoded: subjects, descriptions, comments' text, names, phone numbers, notes and details, and the ``metadata`` and
``system`` of an audit (addresses and places of people). Of e-mail addresses the keyed hash and the domain are kept, of tags those that
the district file names. A vendor name with dots is a path into the record; ``child_events[]`` means one record for each element of that list.
"""

from datetime import date, datetime

import msgspec

from schoolward.sources.base import Hashed, Record, Stream


class Ticket(Record, kw_only=True, frozen=True):
    """One ticket as it now stands. The last three are read from custom fields as ``options.ticket_fields`` says."""

    id: int
    created_at: datetime | None = None
    """Told for every ticket but, by some accounts, the scrubbed remains of a deleted one."""
    updated_at: datetime | None = None
    generated_timestamp: int | None = None
    """Unix seconds of the last change of any kind; the export is ordered by it, and ``updated_at`` may be much older."""
    type: str | None = None
    """problem, incident, question or task."""
    priority: str | None = None
    """urgent, high, normal or low."""
    status: str
    """new, open, pending (waits for the requester), hold, solved, closed; deleted for the remains of a deleted ticket."""
    custom_status_id: int | None = None
    requester_id: int | None = None
    submitter_id: int | None = None
    assignee_id: int | None = None
    organization_id: int | None = None
    group_id: int | None = None
    follower_ids: list[int] | None = None
    problem_id: int | None = None
    is_public: bool | None = None
    via_channel: str | None = msgspec.field(name="via.channel", default=None)
    tags: list[str] | None = None
    """Only those that ``options.kept_tags`` names, ``closed_by_merge`` and ``schoolward``."""
    ticket_form_id: int | None = None
    brand_id: int | None = None
    due_at: datetime | None = None
    category: str | None = msgspec.field(name="custom_fields.category", default=None)
    subcategory: str | None = msgspec.field(name="custom_fields.subcategory", default=None)
    school_code: str | None = msgspec.field(name="custom_fields.school_code", default=None)


class User(Record, kw_only=True, frozen=True):
    """A person known to the help desk, without a name."""

    id: int
    role: str | None = None
    """end-user, agent or admin."""
    organization_id: int | None = None
    default_group_id: int | None = None
    active: bool | None = None
    """False for a deleted user."""
    suspended: bool | None = None
    permanently_deleted: bool | None = None
    email_hash: Hashed | None = msgspec.field(name="email", default=None)
    email_domain: str | None = None
    """What stands behind the @ of the address, in lower case; cut off at decode."""
    external_id: str | None = None
    """Kept only where it matches ``options.staff_id_pattern``: another may be a student's number."""
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Organization(Record, kw_only=True, frozen=True):
    """An organization: usually a school. ``school_code`` is read from where ``options.organization_code_field`` says."""

    id: int
    name: str | None = None
    external_id: str | None = None
    domain_names: list[str] | None = None
    group_id: int | None = None
    tags: list[str] | None = None
    """Only those that ``options.kept_tags`` names."""
    school_code: str | None = msgspec.field(name="organization_fields.school_code", default=None)
    created_at: datetime | None = None
    updated_at: datetime | None = None
    deleted_at: datetime | None = None


class Group(Record, kw_only=True, frozen=True):
    """A team of agents: of a service unit."""

    id: int
    name: str | None = None
    deleted: bool | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class TicketEvent(Record, kw_only=True, frozen=True):
    """One change of one coded field of a ticket, or that a comment was written; never what it says."""

    audit_id: int = msgspec.field(name="id")
    child_id: int = msgspec.field(name="child_events[].id")
    field_name: str = msgspec.field(name="child_events[].field_name")
    """The changed field; ``comment`` for a comment, ``merged_ticket_ids`` for tickets merged into this one."""
    ticket_id: int
    occurred_at: datetime = msgspec.field(name="created_at")
    updater_id: int | None = None
    """Who did it; -1 is the system itself (triggers, automations)."""
    via_channel: str | None = msgspec.field(name="child_events[].via", default=None)
    """How it came about; a rule's own ("Rule") where a trigger acted within somebody's update."""
    event_type: str = msgspec.field(name="child_events[].event_type")
    """Create, Change, Comment, VoiceComment, CommentPrivacyChange, Merge …"""
    value: str | None = msgspec.field(name="child_events[].value", default=None)
    previous_value: str | None = msgspec.field(name="child_events[].previous_value", default=None)
    is_public: bool | None = msgspec.field(name="child_events[].public", default=None)
    """Whether a comment can be seen by the requester."""
    author_id: int | None = msgspec.field(name="child_events[].author_id", default=None)


class TicketMetricEvent(Record, kw_only=True, frozen=True):
    """One step of one of the vendor's own clocks on a ticket."""

    id: int
    ticket_id: int
    metric: str
    """agent_work_time, requester_wait_time, reply_time, periodic_update_time, pausable_update_time, resolution_time …"""
    instance_id: int | None = None
    """The n-th cycle of this metric on this ticket."""
    type: str
    """activate, pause, fulfill, apply_sla, apply_group_sla, breach, update_status or measure."""
    occurred_at: datetime = msgspec.field(name="time")
    """Of a breach it may lie ahead."""
    is_deleted: bool | None = msgspec.field(name="deleted", default=None)
    """A breach that was taken back, because the target changed."""
    sla_policy_id: int | None = msgspec.field(name="sla.policy.id", default=None)
    sla_target_seconds: float | None = msgspec.field(name="sla.target_in_seconds", default=None)
    sla_is_business_hours: bool | None = msgspec.field(name="sla.business_hours", default=None)
    status_calendar_minutes: float | None = msgspec.field(name="status.calendar", default=None)
    status_business_minutes: float | None = msgspec.field(name="status.business", default=None)


class SlaPolicyMetric(Record, kw_only=True, frozen=True):
    """One target of one SLA policy: what it promises for a priority and a metric."""

    policy_id: int = msgspec.field(name="id")
    priority: str = msgspec.field(name="policy_metrics[].priority")
    metric: str = msgspec.field(name="policy_metrics[].metric")
    title: str | None = None
    position: int | None = None
    """The first policy, by position, that matches a ticket wins."""
    target_minutes: float | None = msgspec.field(name="policy_metrics[].target", default=None)
    is_business_hours: bool | None = msgspec.field(name="policy_metrics[].business_hours", default=None)


class ScheduleInterval(Record, kw_only=True, frozen=True):
    """One stretch of open hours in a week's schedule; minutes since Sunday 00:00, local, the end exclusive."""

    schedule_id: int = msgspec.field(name="id")
    starts_minute: int = msgspec.field(name="intervals[].start_time")
    name: str | None = None
    time_zone: str | None = None
    """A Rails name such as "Pacific Time (US & Canada)", or an IANA one."""
    ends_minute: int = msgspec.field(name="intervals[].end_time")


class Holiday(Record, kw_only=True, frozen=True):
    """Days on which a schedule is closed; both dates are local, and both are closed."""

    id: int
    schedule_id: int
    name: str | None = None
    starts_on: date = msgspec.field(name="start_date")
    ends_on: date = msgspec.field(name="end_date")
    """Inclusive, as told."""


STREAMS: tuple[Stream, ...] = (
    Stream(
        "zendesk",
        "tickets",
        Ticket,
        ("id",),
        "Tickets: requests of schools to service units.",
        lookups=("id",),
    ),
    Stream("zendesk", "users", User, ("id",), "People known to the help desk, without names."),
    Stream("zendesk", "organizations", Organization, ("id",), "Organizations: schools and offices."),
    Stream("zendesk", "groups", Group, ("id",), "Teams of agents."),
    Stream(
        "zendesk",
        "ticket_events",
        TicketEvent,
        ("audit_id", "child_id", "field_name"),
        "Changes of coded fields of tickets, and that comments were written, without their text.",
        is_optional=True,
        is_log=True,
        lookups=("ticket_id",),
    ),
    Stream(
        "zendesk",
        "ticket_metric_events",
        TicketMetricEvent,
        ("id",),
        "Steps of the vendor's own clocks on tickets.",
        is_optional=True,
        is_log=True,
        lookups=("ticket_id",),
    ),
    Stream(
        "zendesk",
        "sla_policies",
        SlaPolicyMetric,
        ("policy_id", "priority", "metric"),
        "Targets of SLA policies.",
        is_optional=True,
    ),
    Stream(
        "zendesk",
        "schedules",
        ScheduleInterval,
        ("schedule_id", "starts_minute"),
        "Open hours of the week, by schedule.",
        is_optional=True,
    ),
    Stream(
        "zendesk", "holidays", Holiday, ("schedule_id", "id"), "Days on which a schedule is closed.", is_optional=True
    ),
)
