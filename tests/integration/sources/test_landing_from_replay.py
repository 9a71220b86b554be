"""Every stream of both systems lands from its replay server, and lands nothing new when nothing is new."""

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg import sql

from schoolward.ingest.run import load
from schoolward.sources import oneroster, servicenow
from schoolward.sources.base import Stream
from schoolward.warehouse.connection import connect

ROWS = {
    "incident": 60, "cmn_location": 1, "sys_audit": 1, "sys_audit_journal": 1, "orgs": 60, "users": 6, "user_roles": 6,
    "enrollments": 3, "demographics": 3,
}  # fmt: skip
LANDED = [s for s in (*servicenow.STREAMS, *oneroster.STREAMS) if s.name in ROWS]


@pytest.fixture
def loader(warehouse: SimpleNamespace) -> Iterator[psycopg.Connection]:
    with connect("loader", autocommit=True) as connection:
        yield connection


@pytest.mark.parametrize("stream", LANDED, ids=lambda s: f"{s.system}-{s.name}")
def test_a_stream_lands_once_however_often_it_is_pulled(
    loader: psycopg.Connection, replay: Callable[[str], Any], configured: Any, stream: Stream
) -> None:
    mapped = {"demographics_metadata": {"is_low_income": "frl"}} if stream.system == "oneroster" else {}
    source = configured(replay(stream.system), page_size=7, **mapped)
    first = load(loader, source, stream, "incremental")
    assert (first.status, first.counts.n_new, first.counts.n_quarantined) == ("done", ROWS[stream.name], 0)
    for mode in ("incremental", "reconcile", "full"):
        again = load(loader, source, stream, mode)
        assert (again.status, again.counts.n_new, again.counts.n_changed, again.counts.n_deleted) == ("done", 0, 0, 0)
    [n] = loader.execute(
        sql.SQL("select count(*) from {}").format(sql.Identifier(stream.schema, stream.table))
    ).fetchone() or [None]
    assert n == ROWS[stream.name]


def test_no_name_birth_date_or_text_of_a_person_is_anywhere_in_the_warehouse(loader: psycopg.Connection) -> None:
    columns = loader.execute(
        "select table_schema, table_name, column_name from information_schema.columns "
        "where (table_schema like 'raw_%' or table_schema in ('student', 'ops')) and data_type in ('text', 'jsonb')"
    ).fetchall()
    assert columns
    for schema, table, column in columns:
        question = sql.SQL("select count(*) from {} where {}::text ~ 'Ann|Lee|2012-03|fell ill|@'").format(
            sql.Identifier(schema, table), sql.Identifier(column)
        )
        [n] = loader.execute(question).fetchone() or [None]
        assert n == 0, f"{schema}.{table}.{column}"
