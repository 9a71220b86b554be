"""Sending what the outbox holds, each message in a transaction of its own.

A message is claimed by its row lock (``for update skip locked``): several senders share the work, and a sender that is
killed lets go of its message at once. Killed between the server's acceptance and our commit, the message is sent again
with the same Message-ID, which mailboxes recognise as the mail they already have; a request is looked for before it is opened.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
from psycopg.rows import dict_row

from schoolward.alerts.outbox import Content
from schoolward.alerts.quiet import Quiet
from schoolward.alerts.service_desks import ServiceDesks
from schoolward.alerts.transports import Message, RefusedError, Smtp, apprise_service, send_by_apprise
from schoolward.district import District
from schoolward.errors import SchoolwardError
from schoolward.warehouse.connection import connect

FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)
MAX_ATTEMPTS = 123
"""Five days: RFC 5321 (4.5.4.1) asks senders to try for four or five, so that a server that is down over a weekend loses nothing."""
Send = Callable[[Message], str | None]
"""Hands a message over; gives what the other side calls it, where it tells. Raises SchoolwardError when it is not taken."""
HeldUntil = Callable[[str, bool, datetime], datetime | None]
"""When a target may have its message, urgent or not, at a moment; None for then."""
Clock = Callable[[], datetime]

_CLAIM = """
    select message_id, idempotency_key, target, coalesce(recipient_name, '') as recipient_name, subject, body, created_at,
           n_attempts, is_urgent
    from alerts.outbox
    where state = 'queued' and due_at <= %(now)s and not message_id = any(%(seen)s)
    order by is_urgent desc, message_id
    limit 1
    for update skip locked
"""


@dataclass(slots=True)
class DeliverSummary:
    """What one round of sending did; ``str()`` is one line."""

    n_delivered: int = 0
    n_waiting: int = 0
    """Not taken this time; due again later."""
    n_held: int = 0
    """Held until the recipient's quiet hours are over."""
    n_failed: int = 0
    """Given up, each with a sentence in ``problems``."""
    by_kind: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        line = f"{self.n_delivered} delivered, {self.n_waiting} to be tried again, {self.n_failed} failed"
        line += f", {self.n_held} held for working hours" if self.n_held else ""
        distinct = list(dict.fromkeys(self.problems))
        return f"{line}: {' '.join(distinct)}" if distinct else line


def deliver(district: District, now: datetime | None = None) -> DeliverSummary:
    """Send every message that is due, one by one; a bad recipient keeps nobody else from theirs.

    What becomes due meanwhile goes along, an urgent message next, however long a digest to everybody takes. ``now`` stops the clock.

    Raises:
        SchoolwardError: when the warehouse cannot be reached. A message that cannot be sent is no exception: it stands
            in the summary's ``problems`` and is tried again, up to ``MAX_ATTEMPTS`` times.
    """
    clock: Clock = (lambda: datetime.now(UTC)) if now is None else (lambda: now)
    quiet = Quiet(district)
    with closing(Smtp(district.smtp, district.sender)) as smtp, closing(ServiceDesks(district)) as desks:
        ways: dict[str, Send] = {"mailto": smtp.send, "apprise": send_by_apprise, "request": desks.open_request}
        return deliver_by(ways, clock, lambda target, is_urgent, at: quiet.held_until(target, at, is_urgent=is_urgent))


def check(district: District) -> Iterator[tuple[str, str | None]]:
    """Every way by which the district's messages leave, and a sentence of what is wrong with it, or None. Nothing is sent.

    A chat service is only looked up: no service we know of tells whether it would take a message.
    """
    people = district.recipients
    units = {u.id for u in district.units}
    tickets = {(r.ticket, unit) for r in people if r.ticket for unit in (units if r.unit == "*" else {r.unit or ""})}
    with closing(Smtp(district.smtp, district.sender)) as smtp, closing(ServiceDesks(district)) as desks:
        if any(r.to.startswith("mailto:") for r in people):
            yield f"Mail by connection {district.smtp!r}", _trouble(smtp.check)
        for chat in sorted({r.to.removeprefix("apprise:") for r in people if r.to.startswith("apprise:")}):
            yield f"Chat by connection {chat!r}", _trouble(partial(apprise_service, chat))
        for source, unit in sorted(tickets):
            way = f"Requests in {source!r}" + (f" for unit {unit!r}" if unit else "")
            yield way, _trouble(partial(desks.check, source, unit))


def _trouble(look: Callable[[], object]) -> str | None:
    try:
        look()
    except SchoolwardError as error:
        return str(error)
    return None


def send_due(district: District) -> str:
    """:func:`deliver` for a task: what it did, as one line.

    Raises:
        SchoolwardError: also when a message was not taken, so that the task is red; what waits is due again when it is tried again.
    """
    summary = deliver(district)
    if summary.problems:
        raise SchoolwardError(str(summary))
    return str(summary)


def deliver_by(ways: Mapping[str, Send], clock: Clock, held_until: HeldUntil = lambda *_: None) -> DeliverSummary:
    """Send what is due by the clock, the urgent first, by the way that a target's scheme names."""
    summary = DeliverSummary()
    seen: list[int] = []
    with connect("alerter") as connection:
        while True:
            now = clock()
            with connection.transaction(), connection.cursor(row_factory=dict_row) as cursor:
                row = cursor.execute(_CLAIM, {"now": now, "seen": seen}).fetchone()
                if row is None:
                    return summary
                seen.append(row["message_id"])
                until = held_until(row["target"], row["is_urgent"], now)
                if until is None:
                    _send_one(connection, row, ways, now, summary)
                    continue
                summary.n_held += 1
                connection.execute(
                    "update alerts.outbox set due_at = %s where message_id = %s", (until, row["message_id"])
                )


def _send_one(
    connection: psycopg.Connection[Any], row: Mapping[str, Any], ways: Mapping[str, Send], now: datetime,
    summary: DeliverSummary,
) -> None:  # fmt: skip
    n_attempts = row["n_attempts"] + 1
    content = Content.from_row(row["subject"], row["body"])
    message = Message(row["idempotency_key"], row["target"], row["recipient_name"], content, row["created_at"])
    scheme = row["target"].partition(":")[0]
    try:
        if scheme not in ways:
            raise RefusedError(
                f"Nothing can send to {scheme!r}. Write mailto:<address> or apprise:<connection id> in the district file."
            )
        reference = ways[scheme](message)
    except SchoolwardError as error:
        summary.problems.append(str(error))
        gives_up = isinstance(error, RefusedError) or n_attempts >= MAX_ATTEMPTS
        summary.n_failed += gives_up
        summary.n_waiting += not gives_up
        sentence = f"{error} Given up after attempt {n_attempts}." if gives_up else str(error)
        connection.execute(
            "update alerts.outbox set state = %s, n_attempts = %s, due_at = %s, last_error = %s where message_id = %s",
            ("failed" if gives_up else "queued", n_attempts, next_due(now, n_attempts), sentence, row["message_id"]),
        )
        return
    summary.n_delivered += 1
    connection.execute(
        "update alerts.outbox set state = 'delivered', n_attempts = %s, delivered_at = clock_timestamp(), last_error = null,"
        " reference = %s where message_id = %s",
        (n_attempts, reference, row["message_id"]),
    )


def next_due(now: datetime, n_attempts: int) -> datetime:
    """When to try again after so many attempts: 1, 4, 16 minutes later, then every hour."""
    return now + min(FIRST_WAIT * float(4 ** min(n_attempts - 1, 9)), LONGEST_WAIT)
