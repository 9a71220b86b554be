"""Ingest, reconcile and maintain: what the DAGs and the terminal call."""

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime, timedelta

import psycopg

from schoolward.district import District
from schoolward.errors import AccessRefusedError, CompletenessError, SchoolwardError
from schoolward.ingest import books
from schoolward.ingest.books import Mode, Status, StreamOfSource
from schoolward.ingest.loader import CHUNK_ROWS, MAX_DELETED_SHARE, Loader
from schoolward.ingest.retention import MaintainSummary, forget, vacuum
from schoolward.ingest.sql import Warehouse, run
from schoolward.ingest.summary import LoadSummary, of_load, together
from schoolward.sources.base import Pull, Source, Stream, open_source, stream_named, streams_of
from schoolward.warehouse.connection import connect

log = logging.getLogger("schoolward.ingest")

LOCK_TIMEOUT = "10min"
LOG_SWEEP_DAYS = 14
"""How far back a reconcile sweep reads a log again, where the source's options say nothing of it."""


def ingest_stream(
    district: District, source: str, stream: str, *, since: datetime | None = None, full: bool = False
) -> LoadSummary:
    """Land what changed in one stream since its watermark; or since an instant; or (``full``) everything there is.

    A backfill (``since``) leaves the watermark where it is. ``full`` confirms deletions of any size.

    Raises:
        SchoolwardError: one sentence; then nothing landed but a row of status ``failed`` in ``ops.load``.
    """
    mode: Mode = "full" if full else "backfill" if since else "incremental"
    return _run(district, source, stream, mode, since)


def reconcile_stream(district: District, source: str, stream: str) -> LoadSummary:
    """Compare everything the source shows with what we hold: finds edits that did not move the cursor, and vanished records.

    Of a log (``Stream.is_log``) only the last days are read again (option ``log_sweep_days``): its rows are neither edited nor
    taken back, so what was missed can only have come late.

    Raises:
        SchoolwardError: one sentence; then nothing landed but a row of status ``failed`` in ``ops.load``.
    """
    return _run(district, source, stream, "reconcile", None)


def maintain(district: District) -> MaintainSummary:
    """Remove what is too old to keep, then vacuum and analyse what landing writes."""
    streams = [stream for system in {s.system: None for s in district.sources} for stream in streams_of(system)]
    with connect("owner", autocommit=True) as warehouse:  # before PostgreSQL 17 only a table's owner may vacuum it
        removed = forget(warehouse, streams)
        summary = MaintainSummary(*removed, n_tables=vacuum(warehouse, streams))
    log.info("%s", summary)
    return summary


def _run(district: District, source_name: str, stream_name: str, mode: Mode, since: datetime | None) -> LoadSummary:
    with closing(open_source(district, source_name)) as source:
        stream = stream_named(source, stream_name)
        with connect("loader", autocommit=True) as warehouse:
            return load(warehouse, source, stream, mode, since=since)


def load(
    warehouse: Warehouse,
    source: Source,
    stream: Stream,
    mode: Mode,
    *,
    since: datetime | None = None,
    chunk_rows: int = CHUNK_ROWS,
) -> LoadSummary:
    """Load a stream of an open source; failures are entered in ``ops.load`` and raised as one sentence."""
    of = StreamOfSource(source.config.name, stream.system, stream.name)
    started_at = datetime.now(UTC)

    def enter(status: Status, message: str) -> LoadSummary:
        load_id = books.open_load(
            warehouse, of, mode, status=status, started_at=started_at, source_at=None, message=message
        )
        return of_load(of, mode, status, load_id, None, message)

    try:
        with _lock(warehouse, stream):
            summary = _load_all_waiting(warehouse, source, stream, of, mode, since, chunk_rows)
    except AccessRefusedError as error:
        if stream.is_optional:
            return enter("skipped", str(error))
        enter("failed", str(error))
        raise
    except SchoolwardError as error:
        with suppress(psycopg.Error):  # the sentence matters more than its entry
            enter("failed", str(error))
            if isinstance(error, CompletenessError):
                books.start_over(warehouse, of)
        raise
    except psycopg.Error as error:
        sentence = _without_values(of, error)
        with suppress(psycopg.Error):
            enter("failed", sentence)
        raise SchoolwardError(sentence) from None
    except BaseException as error:
        with suppress(psycopg.Error):
            enter("failed", f"{of}: stopped by {type(error).__name__}; nothing landed.")
        raise
    log.info("%s", summary)
    return summary


def _load_all_waiting(
    warehouse: Warehouse,
    source: Source,
    stream: Stream,
    of: StreamOfSource,
    mode: Mode,
    since: datetime | None,
    chunk_rows: int,
) -> LoadSummary:
    """One load, or as many as the source has questions waiting (the files of a folder)."""
    summary: LoadSummary | None = None
    while True:
        mark = books.watermark(warehouse, of)
        if mode == "reconcile" and (mark is None or not mark.is_complete):
            message = "its first load has not ended yet"
            load_id = books.open_load(
                warehouse, of, mode, status="skipped", started_at=datetime.now(UTC), source_at=None, message=message
            )
            return of_load(of, mode, "skipped", load_id, None, message)
        note = None
        if mode == "reconcile" and stream.is_log and mark is not None:
            since, note = _log_window(source, mark)
        pull = _ask(source, stream, mode, mark, since)
        share = float(source.config.options.get("max_deleted_share", MAX_DELETED_SHARE))
        loader = Loader(warehouse, of, stream, max_deleted_share=share, chunk_rows=chunk_rows)
        landed = loader.land(pull, mode, mark, since=since, note=note)
        summary = landed if summary is None else together(summary, landed)
        if mode != "incremental" or not pull.has_more:
            return summary


def _ask(source: Source, stream: Stream, mode: Mode, mark: books.Watermark | None, since: datetime | None) -> Pull:
    if since is not None and mode != "full":
        return source.pull(stream, since=since)
    if mode in ("full", "reconcile"):
        return source.pull(stream, full=True)
    return source.pull(stream, cursor=mark.cursor if mark else None)


def _log_window(source: Source, mark: books.Watermark) -> tuple[datetime, str]:
    """From when on a sweep reads a log again, by the source's clock, and the sentence that says so."""
    days = int(source.config.options.get("log_sweep_days", LOG_SWEEP_DAYS))
    since = (mark.source_at or datetime.now(UTC)) - timedelta(days=days)
    return since, f"a log is never rewritten: swept from {since:%Y-%m-%d} on; `ingest --full` reads all of it"


@contextmanager
def _lock(warehouse: Warehouse, stream: Stream) -> Iterator[None]:
    """Let one load at a time write a raw table, so that its load ids commit in order."""
    name = f"{stream.schema}.{stream.table}"
    run(warehouse, f"set lock_timeout to '{LOCK_TIMEOUT}'")
    try:
        run(warehouse, "select pg_advisory_lock(hashtextextended(%s, 0))", [f"schoolward {name}"])
    except psycopg.errors.LockNotAvailable:
        raise SchoolwardError(
            f"Another load of {name} has been running for {LOCK_TIMEOUT}. Wait for it, or end it and run this again."
        ) from None
    finally:
        run(warehouse, "reset lock_timeout")
    try:
        yield
    finally:
        if not warehouse.closed:
            with suppress(psycopg.Error):
                run(warehouse, "select pg_advisory_unlock(hashtextextended(%s, 0))", [f"schoolward {name}"])


def _without_values(of: StreamOfSource, error: psycopg.Error) -> str:
    """What PostgreSQL refused, without its message: that may repeat the values of a row."""
    if isinstance(error, psycopg.OperationalError) and error.sqlstate is None:
        return (
            f"{of}: the connection to the warehouse was lost; nothing landed. Check that it runs, then run this again."
        )
    where = ".".join(
        p
        for p in (error.diag.schema_name, error.diag.table_name, error.diag.column_name, error.diag.constraint_name)
        if p
    )
    return (
        f"{of}: PostgreSQL refused with {error.sqlstate} {type(error).__name__}{f' ({where})' if where else ''}; nothing landed. "
        "If the release has changed, run `schoolward init`; else report it with this line."
    )
