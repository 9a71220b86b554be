"""Zendesk lands: pulls from day to day hold what one whole pull holds, each version is kept once, and crashes leave no trace."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql
from tests.integration.sources.conftest import CREDENTIALS
from tests.integration.sources.zendesk_account import N_TICKETS, OPTIONS, ROWS, write_account

from schoolward.errors import SourceError
from schoolward.ingest.run import load
from schoolward.ingest.summary import LoadSummary
from schoolward.sample.replay.client import RunningServer, start
from schoolward.sources.base import Stream, stream_named
from schoolward.sources.zendesk import STREAMS
from schoolward.warehouse.connection import connect

DAYS = [datetime(2026, 1, day, hour, tzinfo=UTC) for day in (5, 6, 7, 8) for hour in (9, 21)]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("records")
    write_account(folder / "zendesk")
    with start("zendesk", folder, DAYS[0], CREDENTIALS) as running:
        yield running


@pytest.fixture
def loader(warehouse: SimpleNamespace) -> Iterator[psycopg.Connection]:
    with connect("loader", autocommit=True) as connection:
        yield connection


@pytest.fixture
def desk(server: RunningServer, configured: Callable[..., Any]) -> Callable[[str], Any]:
    """Makes a source of the account by a name of its own, so that each test has its own rows."""

    def make(name: str, **options: Any) -> Any:
        source = configured(server, **{**OPTIONS, "page_size": 7, **options})
        object.__setattr__(source.config, "name", name)
        return source

    server.set_faults()
    server.set_clock(DAYS[0])
    return make


def held(loader: psycopg.Connection, stream: Stream, source: str) -> list[Any]:
    """What the source now has, as far as we know."""
    columns = sql.SQL(", ").join(sql.Identifier(column.name) for column in stream.columns)
    question = sql.SQL("select {} from {} where _source = %s and _is_current and not _is_deleted order by 1, 2").format(
        columns, sql.Identifier(stream.schema, stream.table)
    )
    return loader.execute(question, [source]).fetchall()


def run(loader: psycopg.Connection, source: Any, stream: str, mode: Any = "incremental", **how: Any) -> LoadSummary:
    return load(loader, source, stream_named(source, stream), mode, **how)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda s: s.name)
def test_a_stream_lands_once_however_often_it_is_pulled(loader: psycopg.Connection, desk: Any, stream: Stream) -> None:
    source = desk("once")
    first = load(loader, source, stream, "incremental")
    assert (first.status, first.counts.n_new, first.counts.n_quarantined) == ("done", ROWS[stream.name], 0)
    for mode in ("incremental", "reconcile", "full"):
        again = load(loader, source, stream, mode)
        assert (again.status, again.counts.n_new, again.counts.n_changed, again.counts.n_deleted) == ("done", 0, 0, 0)
    assert len(held(loader, stream, "once")) == ROWS[stream.name]


@pytest.mark.parametrize("stream", STREAMS, ids=lambda s: s.name)
def test_pulls_from_day_to_day_and_a_sweep_hold_what_a_whole_pull_holds(
    server: RunningServer, loader: psycopg.Connection, desk: Any, stream: Stream
) -> None:
    daily, whole = desk("daily"), desk("whole")
    for at in DAYS:
        server.set_clock(at)
        load(loader, daily, stream, "incremental")
    load(loader, daily, stream, "reconcile")
    load(loader, whole, stream, "full")
    assert held(loader, stream, "daily") == held(loader, stream, "whole") != []


def test_every_version_of_a_ticket_is_kept_and_its_remains_are_one(
    server: RunningServer, loader: psycopg.Connection, desk: Any
) -> None:
    source = desk("versions")
    for at in DAYS[::2]:
        server.set_clock(at)
        run(loader, source, "tickets")
    question = (
        "select status, category, _is_current, _seen_from::date::text from raw_zendesk.tickets "
        "where _source = 'versions' and id = %s order by _seen_from"
    )
    assert loader.execute(question, [3]).fetchall() == [
        ("new", "hvac", False, "2026-01-05"),
        ("solved", "hvac", True, "2026-01-06"),
    ]
    assert loader.execute(question, [21]).fetchall() == [
        ("new", "hvac", False, "2026-01-05"),
        ("deleted", None, True, "2026-01-07"),
    ]


def test_a_ticket_purged_for_good_is_found_by_the_sweep_alone(
    server: RunningServer, loader: psycopg.Connection, desk: Any
) -> None:
    source = desk("purged")
    for at in DAYS:
        server.set_clock(at)
        assert run(loader, source, "tickets").counts.n_deleted == 0
    assert len(held(loader, stream_named(source, "tickets"), "purged")) == N_TICKETS
    swept = run(loader, source, "tickets", "reconcile")
    assert (swept.counts.n_deleted, swept.counts.n_changed, swept.counts.n_new) == (1, 0, 0)
    assert len(held(loader, stream_named(source, "tickets"), "purged")) == N_TICKETS - 1


def test_events_of_a_purged_ticket_stay(server: RunningServer, loader: psycopg.Connection, desk: Any) -> None:
    source = desk("log")
    run(loader, source, "ticket_events")
    server.set_faults({"kind": "missing_row", "path": "ticket_events", "times": None, "row": 0})
    with pytest.raises(SourceError, match="says that a page has"):
        run(loader, source, "ticket_events", "reconcile")
    assert len(held(loader, stream_named(source, "ticket_events"), "log")) == ROWS["ticket_events"]


@pytest.mark.parametrize("stream", ["tickets", "organizations", "ticket_events", "groups"])
@pytest.mark.parametrize(
    "fault", [{"kind": "cut"}, {"kind": "rate_limited", "seconds": 0}, {"kind": "error", "status": 503}]
)
def test_a_pull_that_breaks_on_its_way_leaves_no_trace_and_the_next_is_whole(
    server: RunningServer, loader: psycopg.Connection, desk: Any, stream: str, fault: dict[str, Any]
) -> None:
    source = desk(f"broken_{stream}_{fault['kind']}")
    run(loader, source, stream)
    before = held(loader, stream_named(source, stream), source.config.name)
    server.set_clock(DAYS[-1])
    server.set_faults({**fault, "path": stream, "after": 0 if stream == "organizations" else 1, "times": None})
    with pytest.raises(SourceError):
        run(loader, source, stream)
    assert held(loader, stream_named(source, stream), source.config.name) == before
    server.set_faults()
    run(loader, source, stream)
    run(loader, source, stream, "reconcile")
    whole = desk("whole_after_break")
    server.set_clock(DAYS[-1])
    run(loader, whole, stream, "full")
    assert held(loader, stream_named(source, stream), source.config.name) == held(
        loader, stream_named(source, stream), "whole_after_break"
    )


@pytest.mark.parametrize("stream", ["tickets", "ticket_events"])
def test_a_long_first_load_goes_on_where_it_was_stopped(
    server: RunningServer, loader: psycopg.Connection, desk: Any, stream: str
) -> None:
    source = desk("chunks")
    server.set_faults({"kind": "cut", "path": stream, "after": 3, "times": None})
    with pytest.raises(SourceError):
        run(loader, source, stream, chunk_rows=10)
    landed = len(held(loader, stream_named(source, stream), "chunks"))
    assert 0 < landed < ROWS[stream]
    server.set_faults()
    run(loader, source, stream, chunk_rows=10)
    assert len(held(loader, stream_named(source, stream), "chunks")) == ROWS[stream]


def test_what_the_plan_does_not_give_is_skipped_with_a_message(
    server: RunningServer, loader: psycopg.Connection, desk: Any
) -> None:
    server.set_behaviour(forbidden=["sla_policies"], missing=["schedules"])
    source = desk("plan")
    summaries = [run(loader, source, name) for name in ("sla_policies", "schedules", "holidays")]
    server.set_behaviour(forbidden=[], missing=[])
    assert [s.status for s in summaries] == ["skipped"] * 3
    assert "(403" in str(summaries[0].message)
    assert "(404)" in str(summaries[1].message)


def test_no_name_address_or_word_of_a_person_is_anywhere_in_the_warehouse(
    loader: psycopg.Connection, desk: Any
) -> None:
    source = desk("private")
    for stream in STREAMS:
        load(loader, source, stream, "incremental")
    columns = loader.execute(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where table_schema in ('raw_zendesk', 'ops') and data_type in ('text', 'jsonb', 'ARRAY')"
    ).fetchall()
    assert len(columns) > 30
    for schema, table, column in columns:
        question = sql.SQL("select count(*) from {} where {}::text ~* 'ann|lee|fell ill|192.0.2|2043|@'").format(
            sql.Identifier(schema, table), sql.Identifier(column)
        )
        [n] = loader.execute(question).fetchone() or [None]
        assert n == 0, f"{schema}.{table}.{column}"
