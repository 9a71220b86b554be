"""The weekly digest: one page per role, queued once per week and recipient."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from schoolward.alerts import freshness, store
from schoolward.alerts.digest_facts import Facts, read_facts
from schoolward.alerts.digest_page import View
from schoolward.alerts.health import health_view, read_health
from schoolward.alerts.outbox import Content, enqueue
from schoolward.alerts.own import OwnWeek, page_of, read_own, to_keep
from schoolward.alerts.record_questions import read_record_questions
from schoolward.alerts.rendering import day, render
from schoolward.alerts.review import enqueue_review
from schoolward.district import District, Recipient
from schoolward.warehouse.connection import connect

ROLES = ("superintendent", "unit_chief", "ild_supervisor", "ild", "case_manager", "engineer")


@dataclass(frozen=True, slots=True)
class DigestSummary:
    """Which digests were queued; ``str()`` is one line."""

    week_start_on: date | None
    n_enqueued: int = 0
    n_already_there: int = 0

    def __str__(self) -> str:
        if self.week_start_on is None:
            return "no digest: the marts hold no week yet"
        return f"week of {self.week_start_on}: {self.n_enqueued} digests enqueued, {self.n_already_there} were already there"


def digest(district: District, week: date | None = None) -> DigestSummary:
    """Queue the digest of a week (any day of it; default: the latest) for every recipient that has none yet.

    A review of the rules that has fallen due is queued with it, once a quarter.

    Raises:
        SchoolwardError: when the warehouse cannot be reached, the marts are not built, or do not hold the week.
    """
    with connect("alerter") as connection:
        store.lock(connection)
        week = week - timedelta(days=week.weekday()) if week is not None else store.latest_week(connection)
        if week is None:
            return DigestSummary(None)
        done = {
            (role, target)
            for role, target in connection.execute(
                "select role, target from alerts.digest where week_start_on = %s", (week,)
            ).fetchall()
        }
        wanted = {(r.role, r.to): r for r in reversed(digest_recipients(district))}
        missing = [r for key, r in wanted.items() if key not in done]
        if missing:
            _enqueue_all(connection, district, week, missing)
        enqueue_review(connection, district)
        return DigestSummary(week, len(missing), len(wanted) - len(missing))


def digest_recipients(district: District) -> list[Recipient]:
    """Who gets a weekly page, in the order of the district file; a case manager only by HR number, for the page is about one."""
    return [r for r in district.recipients if r.role in ROLES and (r.role != "case_manager" or r.staff_id is not None)]


def _enqueue_all(
    connection: psycopg.Connection[Any], district: District, week: date, recipients: list[Recipient]
) -> None:
    now = datetime.now(UTC)
    late = freshness.late_sources(district.sources, freshness.read_loads(connection, district), now)
    facts = read_facts(connection, week, late, read_record_questions(connection, week))
    for recipient in recipients:
        own = read_own(connection, week, facts.as_of.astimezone(district.timezone).date(), recipient)
        if recipient.role == "engineer":
            view = health_view(district, read_health(connection, late, now), day(week), facts.asked)
        else:
            view = page_of(district, facts, recipient, own)
        _enqueue(connection, facts, recipient, render_digest(view), own)


def digest_key(week: date, recipient: Recipient) -> str:
    """The idempotency key of a week's digest to somebody."""
    return f"digest:{week}:{recipient.role}:{recipient.to}"


def _enqueue(
    connection: psycopg.Connection[Any], facts: Facts, recipient: Recipient, content: Content,
    own: OwnWeek | None,
) -> None:  # fmt: skip
    week = facts.week_start_on
    key = digest_key(week, recipient)
    message_id = enqueue(connection, key, "digest", recipient.to, recipient.name, content)
    connection.execute(
        "insert into alerts.digest (week_start_on, target, role, data_as_of, message_id, late, record_questions, own_schools, alert_version_id, enqueued_at)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, (select max(version_id) from alerts.alert_version), clock_timestamp())",
        (
            week,
            recipient.to,
            recipient.role,
            facts.as_of,
            message_id,
            Jsonb([asdict(x) for x in facts.late]),
            Jsonb([asdict(x) for x in facts.asked]),
            to_keep(own),
        ),
    )


def render_digest(view: View) -> Content:
    """The view as text and HTML with its pictures inline."""
    values = {"view": view, "subject": view.subject, "preheader": view.preheader}
    found = tuple(shown.picture for shown in view.pictures)
    return Content(view.subject, render("digest.txt.j2", values), render("digest.html.j2", values), found)
