"""From the marts to alerts and messages, in one transaction: what the marts say twice changes nothing the second time."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import psycopg

from schoolward.alerts import freshness, messages, reading, store
from schoolward.alerts.announcing import announce
from schoolward.alerts.freshness import LateSource
from schoolward.alerts.observed import Alert, Observation
from schoolward.alerts.outbox import enqueue
from schoolward.alerts.plan import Plan, make_plan
from schoolward.alerts.recipients import Recipients
from schoolward.alerts.rules import RULES, add_working_days
from schoolward.alerts.states import State
from schoolward.district import District
from schoolward.warehouse.connection import connect


@dataclass(frozen=True, slots=True)
class EvaluateSummary:
    """What one evaluation did; ``str()`` is one line."""

    week_start_on: date | None
    n_opened: int = 0
    n_digest_only: int = 0
    n_resolved: int = 0
    n_verified: int = 0
    n_came_back: int = 0
    n_corrected: int = 0
    n_continuing: int = 0
    n_escalated: int = 0
    n_enqueued: int = 0
    n_suppressed: int = 0
    n_without_recipient: int = 0
    late_sources: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.week_start_on is None:
            return "nothing to evaluate: the marts hold no week yet"
        line = (
            f"week of {self.week_start_on}: {self.n_opened} opened ({self.n_digest_only} for the digest only),"
            f" {self.n_continuing} continuing, {self.n_resolved} resolved, {self.n_escalated} escalated,"
            f" {self.n_enqueued} messages enqueued"
        )
        for n, what in (
            (self.n_verified, "held 30 days"),
            (self.n_came_back, "came back"),
            (self.n_corrected, "corrected"),
        ):
            line += f", {n} {what}" if n else ""
        if self.late_sources:
            line += f"; late: {', '.join(self.late_sources)} ({self.n_suppressed} flags held back)"
        if self.n_without_recipient:
            line += f"; {self.n_without_recipient} without a recipient (add a [[recipient]] to the district file)"
        return line


def evaluate(district: District) -> EvaluateSummary:
    """Open, update, resolve and escalate alerts from the marts' latest week; queue what people must hear of it.

    Raises:
        SchoolwardError: when the warehouse cannot be reached or the marts have not been built.
    """
    with connect("alerter") as connection:
        store.lock(connection)
        late = freshness.late_sources(district.sources, freshness.read_loads(connection, district), datetime.now(UTC))
        n_enqueued = _tell_engineers(connection, district, late)
        week = store.latest_week(connection)
        if week is None:
            return EvaluateSummary(None, n_enqueued=n_enqueued, late_sources=tuple(x.source for x in late))
        return _evaluate_week(connection, district, week, late, n_enqueued)


def _evaluate_week(
    connection: psycopg.Connection[Any], district: District, week: date, late: Sequence[LateSource], n_enqueued: int
) -> EvaluateSummary:
    observations = reading.observations(connection, week)
    alerts = store.in_play(connection, district.timezone.key)
    now = max(o.data_as_of for o in observations)  # the data's clock: a replayed year must not depend on today
    today = now.astimezone(district.timezone).date()
    closed = frozenset.intersection(*(frozenset(u.closures) for u in district.units)) if district.units else frozenset()
    recipients = Recipients(district)
    plan = make_plan(
        [*observations, *reading.questions(connection, week)],
        alerts,
        week=week,
        today=today,
        last_episode=store.last_episodes(connection),
        announced=store.announced(connection, week),
        answer_by=lambda n_days: add_working_days(today, n_days, closed),
        owner_of=recipients.owner_target,
        unit_rows=reading.unit_rows(connection, week),
        opening_rows=reading.opening_rows(connection, alerts),
        late_streams=frozenset(stream for source in late for stream in source.streams),
    )
    store.begin_changes(connection, now)
    for opening in sorted(plan.openings, key=lambda o: not o.is_parent):
        store.open_alert(connection, opening, week, now)
    for change in plan.changes:
        store.change_alert(connection, change, week, now)
    n_enqueued += _tell_owners(connection, district, plan, recipients)
    n_enqueued += _tell_upward(connection, district, plan.escalations, recipients, observations, now)
    store.mark_escalated(connection, plan.escalations, now)
    n_enqueued += _tell_of_thin_logs(connection, district, week)
    done = Counter(action for c in plan.changes for action in c.actions)
    n_continuing = sum(not c.is_recovered for c in plan.changes) - done["came_back"]
    return EvaluateSummary(
        week,
        n_opened=len(plan.openings),
        n_digest_only=sum(o.is_digest_only for o in plan.openings),
        n_resolved=sum(c.recovers and c.state is not State.CORRECTED for c in plan.changes),
        n_verified=done["verified"],
        n_came_back=done["came_back"],
        n_corrected=done["corrected"],
        n_continuing=n_continuing,
        n_escalated=len(plan.escalations),
        n_enqueued=n_enqueued,
        n_suppressed=plan.n_suppressed,
        n_without_recipient=sum(o.owner_target is None for o in plan.openings),
        late_sources=tuple(x.source for x in late),
    )


def _tell_owners(connection: psycopg.Connection[Any], district: District, plan: Plan, recipients: Recipients) -> int:
    return sum(announce(connection, district, recipients, told) for told in plan.told)


def _tell_upward(
    connection: psycopg.Connection[Any], district: District, alerts: Sequence[Alert], recipients: Recipients,
    observations: Sequence[Observation], now: datetime,
) -> int:  # fmt: skip
    """One message for all that fall due together, so that an absent chief makes one mail and not ten."""
    if not alerts:
        return 0
    names = {a.key: _name(a, observations) for a in alerts}
    digest = hashlib.sha256("\n".join(sorted(names)).encode()).hexdigest()[:24]
    content = messages.escalation(district, alerts, names, now)
    sent = [
        enqueue(connection, f"escalation:{digest}:{r.to}", "alert", r.to, r.name, content)
        for r in recipients.of_role("superintendent")
    ]
    return sum(x is not None for x in sent)


def _name(alert: Alert, observations: Sequence[Observation]) -> str:
    """School and unit of an alert, as the latest marts call them."""
    rows = [o for o in observations if (o.rule_id, o.unit_id) == (alert.rule_id, alert.unit_id)]
    unit = next((o.unit_name for o in rows if o.unit_name), "Leadership partnership")
    school = next((o.school_name for o in rows if o.school_key == alert.school_key), None)
    return f"{school or 'across the schools'} ({unit})"


def _tell_engineers(connection: psycopg.Connection[Any], district: District, late: Sequence[LateSource]) -> int:
    n = 0
    engineers = Recipients(district).of_role("engineer")
    for source in late:
        held = [r.title for r in RULES.values() if r.streams & set(source.streams)]
        content = messages.late_source(district, source, held)
        for engineer in engineers:
            key = f"late:{source.source}:{source.since_key}:{engineer.to}"
            n += enqueue(connection, key, "data_health", engineer.to, engineer.name, content) is not None
    return n


def _tell_of_thin_logs(connection: psycopg.Connection[Any], district: District, week: date) -> int:
    schools = freshness.uncovered_schools(connection, week)
    if not schools:
        return 0
    content = messages.uncovered(district, schools, week)
    sent = [
        enqueue(connection, f"thin-log:{week:%Y-%m}:{r.to}", "data_health", r.to, r.name, content)
        for r in Recipients(district).of_role("engineer")
    ]
    return sum(x is not None for x in sent)
