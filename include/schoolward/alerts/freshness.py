"""Which sources are late: then their rules open nothing, and the engineers hear of it instead.

A source is late when a stream's last good load is older than the source's allowance on the wall clock (nothing is being
pulled), or when the source's own clock lags behind the other sources' by more than a week and a day (pulls succeed but
bring nothing new: the files stopped coming). Blind spot: a source whose clock is wrong by weeks looks late.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
from psycopg.rows import dict_row

from schoolward.district import District, SourceConfig
from schoolward.sources.base import streams_of

COVERAGE_NEEDED = 0.70
"""Below this share of the log nothing is said of a partnership; the catalogue's ``min_coverage`` of D1.4."""
LAG_ALLOWED = timedelta(days=8)
"""Marts are weekly: a weekly file and a day's grace."""


@dataclass(frozen=True, slots=True)
class StreamLoad:
    """The newest good load of a stream; times in UTC."""

    source: str
    stream: str
    load_id: int
    checked_at: datetime
    """When the last good load ended, one that had nothing to land included."""
    source_at: datetime | None


@dataclass(frozen=True, slots=True)
class LateSource:
    """A source that cannot be trusted for the latest week, with what an engineer needs to find out why."""

    source: str
    streams: tuple[str, ...]
    sentence: str
    since_key: str
    """The same for as long as the same lateness lasts: makes one notice of it."""


def carried_streams(source: SourceConfig) -> frozenset[str]:
    """The streams a source is configured to give."""
    declared = source.options.get("streams")
    if source.system == "csv_drop" and isinstance(declared, dict):
        return frozenset(declared)
    return frozenset(s.name for s in streams_of(source.system))


def late_sources(sources: Iterable[SourceConfig], loads: Sequence[StreamLoad], now: datetime) -> tuple[LateSource, ...]:
    """The late ones among a district's sources; ``now`` is the wall clock in UTC."""
    by_source: dict[str, list[StreamLoad]] = defaultdict(list)
    for load in loads:
        by_source[load.source].append(load)
    clocks = {name: max((x.source_at for x in xs if x.source_at), default=None) for name, xs in by_source.items()}
    newest = max((at for at in clocks.values() if at is not None), default=None)
    found = []
    for source in sources:
        late = _late(source, by_source.get(source.name, []), clocks.get(source.name), newest, now)
        if late is not None:
            found.append(late)
    return tuple(found)


def _late(
    source: SourceConfig, loads: Sequence[StreamLoad], clock: datetime | None, newest: datetime | None, now: datetime
) -> LateSource | None:
    look = f"Look at the last failed task of DAG ingest_{source.name}."
    if not loads:
        sentence = f"Source {source.name} has never been loaded. {look}"
        return LateSource(source.name, tuple(sorted(carried_streams(source))), sentence, "never")
    allowed = timedelta(minutes=source.expected_every_minutes)
    overdue = sorted((x for x in loads if now - x.checked_at > allowed), key=lambda x: x.stream)
    if overdue:
        oldest = min(overdue, key=lambda x: x.checked_at)
        streams = tuple(x.stream for x in overdue)
        sentence = (
            f"Source {source.name} is late: the last good load of {', '.join(streams)} ended {_stamp(oldest.checked_at)},"
            f" {_span(now - oldest.checked_at)} ago, and {_span(allowed)} are allowed. {look}"
        )
        return LateSource(source.name, streams, sentence, f"load-{min(x.load_id for x in overdue)}")
    lag = newest - clock if newest is not None and clock is not None else timedelta(0)
    if clock is not None and lag > max(allowed, LAG_ALLOWED):
        sentence = (
            f"Source {source.name} brings nothing new: its newest data are of {_stamp(clock)}, {_span(lag)} behind the"
            f" other sources. Ask whoever delivers it, or whether its clock is right."
        )
        return LateSource(source.name, tuple(sorted(x.stream for x in loads)), sentence, f"clock-{clock:%Y%m%dT%H%M}")
    return None


def read_loads(connection: psycopg.Connection[Any], district: District) -> list[StreamLoad]:
    """The newest good load of every stream of the district's present sources; a stream never loaded has no row."""
    query = """
        select source, stream,
               max(load_id) filter (where status = 'done') as load_id,
               max(finished_at) as checked_at,
               max(source_at) as source_at
        from ops.load
        where status in ('done', 'skipped') and source = any(%s)
        group by source, stream
        having bool_or(status = 'done')
        order by source, stream
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query, ([s.name for s in district.sources],)).fetchall()
    return [StreamLoad(**row) for row in rows]


def uncovered_schools(connection: psycopg.Connection[Any], week: date) -> list[str]:
    """Names of the schools of which too little of the contact log is there to judge the partnership in a week."""
    query = """
        select w.school_name
        from marts.school_underserved_week as w
        inner join marts.school_underserved_reason_week as r using (week_start_on, school_key)
        where w.week_start_on = %s and w.log_coverage < %s
            and r.rule_id = 'partnership_contact_gap' and r.status = 'insufficient_data'
        order by w.school_name
    """
    return [row[0] for row in connection.execute(query, (week, COVERAGE_NEEDED)).fetchall()]


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 120:
        return f"{minutes} minutes"
    return f"{minutes // 60} hours" if minutes < 48 * 60 else f"{minutes // 1440} days"
