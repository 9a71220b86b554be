"""Reading the loader's books: how fresh each stream is, and what waits for a person."""

from dataclasses import dataclass
from datetime import datetime

from schoolward.district import load_district
from schoolward.sources.base import open_source
from schoolward.warehouse.connection import connect


@dataclass(frozen=True, slots=True)
class StreamState:
    """Where one stream of one source stands; times in UTC."""

    source: str
    stream: str
    source_at: datetime | None
    finished_at: datetime | None
    n_current: int
    n_quarantined: int
    is_late: bool
    message: str | None
    """Of the latest load, if it failed or was skipped."""


_STATE = """
select
    (select max(source_at) from ops.load where source = %(source)s and stream = %(stream)s and status = 'done'),
    (select max(finished_at) from ops.load where source = %(source)s and stream = %(stream)s and status = 'done'),
    (select count(*) from ops.quarantine where source = %(source)s and stream = %(stream)s),
    (select s.expected_every_minutes from config.source as s where s.name = %(source)s),
    (select case when status <> 'done' then message end from ops.load
        where source = %(source)s and stream = %(stream)s order by load_id desc limit 1)
"""


def stream_states() -> list[StreamState]:
    """The state of every stream of every source in the district file; late by the wall clock of the last good load."""
    district = load_district()
    states = []
    with connect("owner") as connection:
        now = connection.execute("select now()").fetchone()[0]  # type: ignore[index]
        for config in district.sources:
            source = open_source(district, config.name)
            for stream in source.streams():
                name = {"source": config.name, "stream": stream.name}
                source_at, finished_at, n_quarantined, every, message = connection.execute(_STATE, name).fetchone()  # type: ignore[misc]
                is_student = stream.is_student
                live = "" if is_student else "and _is_current and not _is_deleted"
                counted = f'select count(*) from {stream.schema}."{stream.table}" where _source = %(source)s {live}'
                n_current = connection.execute(counted, name).fetchone()[0]  # type: ignore[index]
                is_late = finished_at is None or (now - finished_at).total_seconds() > 60 * (
                    every or config.expected_every_minutes
                )
                states.append(
                    StreamState(
                        config.name, stream.name, source_at, finished_at, n_current, n_quarantined, is_late, message
                    )
                )
            source.close()
    return states
