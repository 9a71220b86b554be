"""The engineers' digest: whether the data behind everybody else's can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import class_row

from schoolward.alerts import pictures
from schoolward.alerts.digest_page import Figure, Item, Reason, Shown, View
from schoolward.alerts.freshness import LateSource
from schoolward.alerts.record_questions import RecordQuestion, questions_for
from schoolward.alerts.rendering import count, lower_first, moment
from schoolward.district import District


@dataclass(frozen=True, slots=True)
class SourceWeek:
    """Seven days (of the wall clock) of a source's loads."""

    source: str
    last_good_at: datetime | None
    n_done: int
    n_failed: int
    n_new_or_changed: int
    n_quarantined: int
    last_failure: str | None


_SOURCE_WEEKS = """
    select
        c.name as source,
        max(l.finished_at) filter (where l.status = 'done') as last_good_at,
        count(*) filter (where l.status = 'done' and l.finished_at > %(since)s) as n_done,
        count(*) filter (where l.status = 'failed' and l.finished_at > %(since)s) as n_failed,
        coalesce(sum(l.n_new + l.n_changed) filter (where l.finished_at > %(since)s), 0)::bigint as n_new_or_changed,
        coalesce(sum(l.n_quarantined) filter (where l.finished_at > %(since)s), 0)::bigint as n_quarantined,
        (array_agg(l.message order by l.load_id desc) filter (where l.status = 'failed' and l.finished_at > %(since)s))[1]
            as last_failure
    from config.source as c
    left join ops.load as l on l.source = c.name
    group by c.name
    order by c.name
"""


@dataclass(frozen=True, slots=True)
class Health:
    """What the engineers' digest knows."""

    now: datetime
    sources: Sequence[SourceWeek]
    late: Sequence[LateSource]
    n_drifted_fields: int
    n_failed_messages: int
    last_message_error: str | None


def read_health(connection: psycopg.Connection[Any], late: Sequence[LateSource], now: datetime | None = None) -> Health:
    now = now or datetime.now(UTC)
    since = now - timedelta(days=7)
    with connection.cursor(row_factory=class_row(SourceWeek)) as cursor:
        sources = cursor.execute(_SOURCE_WEEKS, {"since": since}).fetchall()
    drifted = connection.execute("select count(*) from ops.drift where last_seen_at > %s", (since,)).fetchone()
    failed = connection.execute(
        "select count(*), (array_agg(last_error order by message_id desc))[1] from alerts.outbox where state = 'failed' and created_at > %s",
        (since,),
    ).fetchone()
    n_failed, error = failed or (0, None)
    return Health(now, sources, late, drifted[0] if drifted else 0, n_failed, error)


def health_view(district: District, health: Health, week_name: str, asked: Sequence[RecordQuestion] = ()) -> View:
    """The engineers' page, in the digest's own form."""
    n_late = len(health.late)
    n_quarantined = sum(s.n_quarantined for s in health.sources)
    n_failed = sum(s.n_failed for s in health.sources)
    of = count(len(health.sources), "source")
    headline = f"All {of} on time" if not n_late else f"{n_late} of {of} late"
    headline += f"; {count(n_quarantined, 'record')} quarantined, {count(n_failed, 'load')} failed"
    landed = [
        pictures.Bar(
            s.source, s.n_new_or_changed, s.n_quarantined, f"{s.n_new_or_changed:,}, {s.n_quarantined:,} held back"
        )
        for s in health.sources
    ]
    age_lead = "Age of each source's last good load; amber where it exceeds what is allowed."
    landed_lead = "New or changed records of the last seven days by source, and how many were quarantined."
    return View(
        subject=f"Data health, week of {week_name}: {lower_first(headline)}",
        preheader="Whether the data behind alerts and digests can be trusted.",
        kicker=f"{district.name} · data health · week of {week_name}",
        headline=headline,
        figures=(
            Figure(
                f"{len(health.sources) - n_late} of {len(health.sources)}",
                "sources on time",
                "by their own allowance",
                n_late > 0,
            ),
            Figure(
                f"{n_quarantined:,}",
                "records quarantined",
                f"{count(health.n_drifted_fields, 'field')} drifted",
                n_quarantined > 0,
            ),
            Figure(
                f"{n_failed:,}",
                "loads failed",
                f"{count(health.n_failed_messages, 'message')} not delivered",
                n_failed > 0,
            ),
        ),
        pictures=(
            Shown(
                "Age of the last good load",
                "Amber: older than the source is allowed.",
                pictures.bars(_ages(district, health), age_lead, "age"),
            ),
            Shown("Records landed in seven days", "Amber: quarantined.", pictures.bars(landed, landed_lead, "landed")),
        ),
        warnings=tuple(x.sentence for x in health.late),
        system_issues=(),
        n_more_system_issues=0,
        schools=tuple(_troubles(health)),
        n_more_schools=0,
        owners=(),
        changes=None,
        notes=(f"As of {moment(health.now, district.timezone)} on the wall clock.",),
        questions=questions_for(asked, "engineer", None),
        list_heading="What to look at",
        empty_list="Nothing: every load of the last seven days succeeded and every record could be read.",
    )


def _ages(district: District, health: Health) -> list[pictures.Bar]:
    rows = []
    for s in health.sources:
        allowed = next((x.expected_every_minutes for x in district.sources if x.name == s.source), 0) / 60
        if s.last_good_at is None:
            rows.append(pictures.Bar(s.source, 0, 0, "never loaded"))
            continue
        hours = (health.now - s.last_good_at).total_seconds() / 3600
        told = f"{hours:.1f} h of {allowed:g} h allowed"
        rows.append(pictures.Bar(s.source, hours, hours if hours > allowed else 0, told))
    return rows


def _troubles(health: Health) -> list[Item]:
    """Sources with failed loads or quarantined records, and what to look at."""
    items = []
    for s in health.sources:
        reasons = []
        if s.n_failed:
            said = s.last_failure or "no message was kept"
            reasons.append(
                Reason(
                    "Failed loads",
                    f"{count(s.n_failed, 'load')} failed; the last: {said}",
                    (),
                    f"data engineers: look at DAG ingest_{s.source}",
                    "now",
                )
            )
        if s.n_quarantined:
            said = f"{count(s.n_quarantined, 'record')} could not be read as declared."
            reasons.append(
                Reason(
                    "Quarantined records",
                    said,
                    (),
                    f"data engineers: select * from ops.quarantine where source = '{s.source}'",
                    "this week",
                )
            )
        if reasons:
            items.append(Item(s.source, (), tuple(reasons)))
    if health.n_failed_messages:
        said = f"{count(health.n_failed_messages, 'message')} given up; the last: {health.last_message_error}"
        items.append(
            Item(
                "Outbox",
                (),
                (
                    Reason(
                        "Messages not delivered",
                        said,
                        (),
                        "data engineers: correct the recipient or the connection",
                        "now",
                    ),
                ),
            )
        )
    return items
