"""Rows as a Zendesk account shows them: with the system's own time, deleted tickets scrubbed, comments only where they were asked for."""

from collections.abc import Mapping
from typing import Any

import msgspec

from schoolward.sample.replay.clock import instant
from schoolward.sample.replay.timeline import Timeline

_OUTLIVES_DELETION = frozenset({"id", "url", "created_at", "updated_at", "status", "via", "brand_id"})


def render(name: str, timeline: Timeline, version: int, *, has_comments: bool) -> bytes:
    """A version as the collection's export or list shows it.

    Args:
        has_comments: whether comments come as events of their own, or are only said to be there.
    """
    if name not in ("tickets", "ticket_events"):
        return timeline.encoded(version)
    record, second = timeline.record(version), int(instant(timeline.at[version]).timestamp())
    if name == "tickets":
        return msgspec.json.encode(_scrubbed(record) | {"generated_timestamp": second})
    children = [child if has_comments else _hinted(child) for child in record.get("child_events", ())]
    return msgspec.json.encode({"timestamp": second, **record, "child_events": children})


def _scrubbed(ticket: dict[str, Any]) -> dict[str, Any]:
    """Of a deleted ticket little is left."""
    if ticket.get("status") != "deleted":
        return ticket
    emptied: dict[str, Any] = {k: [] if isinstance(v, list) else None for k, v in ticket.items()}
    return {**emptied, **{k: v for k, v in ticket.items() if k in _OUTLIVES_DELETION}}


def _hinted(child: Mapping[str, Any]) -> Mapping[str, Any]:
    """A comment as the export tells of it without its side-load: that there is one, and whether it is public."""
    if child.get("event_type") != "Comment":
        return child
    is_public = child.get("public", child.get("comment_public"))
    kept = {k: v for k, v in child.items() if k in ("id", "via", "via_reference_id")}
    return {**kept, "comment_present": True, "comment_public": is_public, "event_type": "Comment"}
