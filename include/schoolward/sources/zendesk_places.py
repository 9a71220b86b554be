"""Where each stream of a Zendesk account is asked for, in which style it answers, and what of it is left out on purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Style = Literal["cursor", "time", "time_or_list", "list"]
"""Incremental by cursor, incremental by time, either of time or a list from a time on, or a list."""


@dataclass(frozen=True, slots=True)
class Place:
    """An endpoint."""

    path: str
    rows_key: str
    style: Style
    dropped: frozenset[str]
    """Members the vendor documents and we leave out: no news when they come, and never decoded."""
    params: Mapping[str, str] = field(default_factory=dict)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLACES: Mapping[str, Place] = {
    "tickets": Place(
        "incremental/tickets/cursor.json",
        "tickets",
        "cursor",
        _names(
            "url external_id encoded_id subject raw_subject description recipient collaborator_ids email_cc_ids forum_topic_id "
            "has_incidents fields satisfaction_rating satisfaction_probability sharing_agreement_ids followup_ids followup_source_id "
            "allow_channelback allow_attachments from_messaging_channel support_type comment collaborators metric_set slas"
        ),
    ),
    "users": Place(
        "incremental/users/cursor.json",
        "users",
        "cursor",
        _names(
            "url name alias phone shared_phone_number photo details notes signature time_zone iana_time_zone locale locale_id "
            "last_login_at two_factor_auth_enabled verified shared shared_agent restricted_agent moderator only_private_comments "
            "ticket_restriction custom_role_id role_type chat_only report_csv tags user_fields identities remote_photo_url"
        ),
    ),
    "organizations": Place(
        "incremental/organizations.json",
        "organizations",
        "time",
        _names("url details notes shared_tickets shared_comments"),
    ),
    "groups": Place("groups", "groups", "list", _names("url description default is_public")),
    "ticket_events": Place(
        "incremental/ticket_events.json",
        "ticket_events",
        "time",
        _names("event_type system metadata via_reference_id instance_id url"),
        params={"include": "comment_events"},
    ),
    "ticket_metric_events": Place(
        "incremental/ticket_metric_events", "ticket_metric_events", "time_or_list", frozenset()
    ),
    "sla_policies": Place(
        "slas/policies", "sla_policies", "list", _names("url description filter metric_settings created_at updated_at")
    ),
    "schedules": Place("business_hours/schedules", "schedules", "list", _names("url created_at updated_at")),
    "holidays": Place(
        "business_hours/schedules/{schedule}/holidays", "holidays", "list", _names("url created_at updated_at")
    ),
}
