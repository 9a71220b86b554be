"""Putting vendor records straight into raw tables, as landing would have left them."""

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql

from schoolward.sources.base import Stream, all_streams

STREAMS: Mapping[str, Stream] = {stream.name: stream for stream in all_streams()}
SOURCES = {"oneroster": "sis", "servicenow": "helpdesk"}


def source_of(stream: Stream) -> str:
    """The name the sample's district file gives the source of a stream."""
    return SOURCES.get(stream.system) or ("hr" if stream.name.startswith("hr_") else "registers")


def land(
    connection: psycopg.Connection[Any],
    stream_name: str,
    rows: Iterable[Mapping[str, Any]],
    *,
    seen_from: datetime,
    seen_to: datetime | None = None,
    is_deleted: bool = False,
    load_id: int = 1,
) -> None:
    """Insert versions of records; fields left out are null."""
    stream = STREAMS[stream_name]
    for row in rows:
        landed = {**row, "_source": source_of(stream), "_seen_from": seen_from, "_load_id": load_id}
        if not stream.is_student:
            landed |= {
                "_seen_to": seen_to,
                "_is_current": seen_to is None,
                "_is_deleted": is_deleted,
                "_fingerprint": uuid.uuid4(),
            }
        statement = sql.SQL("insert into {} ({}) values ({})").format(
            sql.Identifier(stream.schema, stream.table),
            sql.SQL(", ").join(map(sql.Identifier, landed)),
            sql.SQL(", ").join(sql.Placeholder() * len(landed)),
        )
        connection.execute(statement, list(landed.values()))


def book_loads(connection: psycopg.Connection[Any], source_at: datetime) -> None:
    """A good load of every stream at one moment of the sources' clocks."""
    for stream in STREAMS.values():
        connection.execute(
            "insert into ops.load (source, system, stream, mode, status, started_at, finished_at, source_at)"
            " values (%s, %s, %s, 'full', 'done', now(), now(), %s)",
            (source_of(stream), stream.system, stream.name, source_at),
        )
