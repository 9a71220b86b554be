"""Zendesk's own clocks on a ticket, as its metric events tell them: the first reply, and the requester's wait.

The requester waits while a ticket is new, open or on hold; pending stops that clock, being solved ends it.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from schoolward.sample.generate.calendars import BusinessClock, iso_text
from schoolward.sample.generate.folder import Version
from schoolward.sample.generate.lives import Life
from schoolward.sample.generate.rules import Limit
from schoolward.sample.generate.ticket_identities import POLICY_ID
from schoolward.sample.generate.tickets import Step

POLICY_TITLE = "Facilities promises"
REPLY, WAIT = "reply_time", "requester_wait_time"
_EVENTS_EACH = 100
"""Ids of one ticket's events lie within so many."""


def metric_events(
    ticket: int, life: Life, steps: Sequence[Step], limit: Limit, clock: BusinessClock, ends_at: int
) -> Iterator[Version]:
    """The metric events of one ticket; a deleted ticket keeps those it had."""
    events = [*_reply(life, steps, limit, clock), *_wait(steps, limit, clock)]
    happened = sorted((event for event in events if event[0] <= ends_at), key=lambda event: event[0])
    for number, (at, metric, kind, instance, more) in enumerate(happened):
        record = {
            "id": ticket * _EVENTS_EACH + number, "ticket_id": ticket, "metric": metric, "instance_id": instance, "type": kind,
            "time": iso_text(at), **more,
        }  # fmt: skip
        yield Version(at, record)


_Event = tuple[int, str, str, int, dict[str, Any]]


def _reply(life: Life, steps: Sequence[Step], limit: Limit, clock: BusinessClock) -> Iterator[_Event]:
    start = steps[0].at
    replied = next(
        (s.at for s in steps[1:] if s.is_public and s.by is not None and s.by is not life.draft.caller), None
    )
    yield start, REPLY, "activate", 1, {}
    yield start, REPLY, "apply_sla", 1, _sla(limit.response)
    due = clock.after(start, limit.response)
    if replied is None or due < replied:
        yield due, REPLY, "breach", 1, {"deleted": False}
    if replied is not None:
        yield replied, REPLY, "fulfill", 1, {}
        yield replied, REPLY, "update_status", 1, _status(replied - start, clock.between(start, replied))


def _wait(steps: Sequence[Step], limit: Limit, clock: BusinessClock) -> Iterator[_Event]:
    """A cycle ends when the ticket is solved; a reopening begins the next one."""
    instance, since, waited, business = 1, steps[0].at, 0, 0
    has_breached, is_running, is_over = False, True, False
    yield since, WAIT, "activate", instance, {}
    yield since, WAIT, "apply_sla", instance, _sla(limit.resolution)
    for step in steps[1:]:
        status = step.changes.get("status")
        if is_running and status in ("pending", "solved", "closed", "deleted"):
            due = clock.after(since, limit.resolution - business) if business < limit.resolution else since
            waited, business = waited + step.at - since, business + clock.between(since, step.at)
            if not has_breached and due < step.at:
                has_breached = True
                yield due, WAIT, "breach", instance, {"deleted": False}
            is_running = False
            yield step.at, WAIT, "pause" if status == "pending" else "fulfill", instance, {}
            yield step.at, WAIT, "update_status", instance, _status(waited, business)
            is_over = status != "pending"
        elif not is_running and status == "open":
            instance += is_over
            is_running, is_over, since = True, False, step.at
            yield since, WAIT, "activate", instance, {}
    if is_running and not has_breached and business < limit.resolution:
        yield clock.after(since, limit.resolution - business), WAIT, "breach", instance, {"deleted": False}


def _sla(seconds: int) -> dict[str, Any]:
    policy = {"id": POLICY_ID, "title": POLICY_TITLE, "description": None}
    return {"sla": {"target": seconds // 60, "target_in_seconds": seconds, "business_hours": True, "policy": policy}}


def _status(calendar_seconds: int, business_seconds: int) -> dict[str, Any]:
    return {"status": {"calendar": calendar_seconds // 60, "business": business_seconds // 60}}
