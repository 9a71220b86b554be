"""A district built a day at a time holds what a full refresh makes of the same raw rows, row by row.

The days bring what goes wrong in practice: a load that comes late under a lower number than one already built, the same load twice, a
deletion, an old request moved to another school, a changed promise and a closure set in the past; and a table of an older release.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
import tiny_district
from psycopg import sql
from raw_rows import book_loads, land
from tiny_district import NOW, SOUTH

from schoolward import dbt_adapter
from schoolward.warehouse.connection import connect

MODELS = (
    " ".join(
        f"{name},resource_type:model"
        for name in (
            "+service_unit_week",
            "+service_school_unit_week",
            "+school_underserved_week",
            "+service_unit_month",
            "+service_school_unit_month",
            "+attribution_gap_week",
            "+taken_load",
            "taken_basis",
        )
    )
    + " resource_type:seed"
)
KEPT = (
    "core.int_service_request", "core.int_request_event", "core.request_pause", "core.int_request_clock",
    "core.int_request_promise", "core.request_school_evidence", "core.request_outcome", "core.request_open_week", "core.request_closing",
    "core.int_service_week__context", "core.int_service_week__tally", "core.service_week", "core.int_service_unit_week__duration",
    "core.request_month_outcome", "core.service_month", "core.unit_speed_month", "core.request_cluster_month",
    "indicators.detection_score", "indicators.detection_contribution", "indicators.detection_school_week",
    "indicators.int_underserved__rule_week", "marts.service_school_unit_week", "marts.service_unit_week",
    "marts.service_school_unit_month", "marts.service_unit_month",
    "marts.school_underserved_reason_week", "marts.school_underserved_week", "marts.attribution_gap_week",
)  # fmt: skip
"""Every table that is brought up to date rather than rebuilt on the way to these marts, and the marts."""
BOOKKEEPING = ("changed_at",)
TUESDAY = NOW + timedelta(days=4)


def supersede(connection: psycopg.Connection[Any], key: str, load_id: int, at: datetime, **changes: Any) -> None:
    """A new version of an incident as landing would leave it; ``is_deleted=True`` is its tombstone."""
    is_deleted = bool(changes.pop("is_deleted", False))
    columns = "sys_id, number, state, priority, caller_id, opened_at, sys_created_on, sys_mod_count, assignment_group, location, hold_reason"
    row = connection.execute(
        f"update raw_servicenow.incident set _is_current = false, _seen_to = %s where sys_id = %s and _is_current returning {columns}",
        (at, key),
    ).fetchone()
    assert row is not None
    version = {**dict(zip(columns.split(", "), row, strict=True)), "sys_updated_on": at, **changes}
    land(connection, "incident", [version], seen_from=at, is_deleted=is_deleted, load_id=load_id)


def audit(connection: psycopg.Connection[Any], key: str, load_id: int, at: datetime, before: int, after: int) -> None:
    row = {
        "sys_id": f"{key}-{at:%m%d%H%M}", "tablename": "incident", "documentkey": key, "fieldname": "state", "oldvalue": str(before),
        "newvalue": str(after), "user": "S-IT", "record_checkpoint": 50, "sys_created_on": at,
    }  # fmt: skip
    land(connection, "sys_audit", [row], seen_from=at, load_id=load_id)


def next_load(connection: psycopg.Connection[Any]) -> int:
    """A number taken as a load begins; it shows in the books only when the load is committed."""
    row = connection.execute("select nextval(pg_get_serial_sequence('ops.load', 'load_id'))").fetchone()
    assert row is not None
    return int(row[0])


def commit_load(connection: psycopg.Connection[Any], load_id: int, source_at: datetime) -> None:
    connection.execute(
        "insert into ops.load (load_id, source, system, stream, mode, status, started_at, finished_at, source_at) overriding system value"
        " values (%s, 'helpdesk', 'servicenow', 'incident', 'incremental', 'done', now(), now(), %s)",
        (load_id, source_at),
    )


def content(connection: psycopg.Connection[Any], schema: str) -> None:
    """Put the tables' rows aside in a schema of that name, without what only says when a row was written."""
    connection.execute(sql.SQL("create schema {}").format(sql.Identifier(schema)))
    for table in KEPT:
        folder, name = table.split(".")
        columns = [
            _as_it_is(column, kind)
            for column, kind in connection.execute(
                "select column_name, data_type from information_schema.columns where table_schema = %s and table_name = %s order by 1",
                (folder, name),
            )
            if column not in BOOKKEEPING
        ]
        connection.execute(
            sql.SQL("create table {} as select {} from {}").format(
                sql.Identifier(schema, name),
                sql.SQL(", ").join(columns),
                sql.Identifier(folder, name),
            )
        )


def _as_it_is(column: str, kind: str) -> sql.Composable:
    """A column; a sum of floating-point numbers without the last digits, which depend on the order of its rows."""
    name = sql.Identifier(column)
    return sql.SQL("round({0}::numeric, 9) as {0}").format(name) if kind == "double precision" else name


@pytest.fixture(scope="module")
def days(warehouse: SimpleNamespace) -> Iterator[psycopg.Connection[Any]]:
    """Four builds, each after what a day brought; then the same from nothing. Rows lie in schemas ``a_day_at_a_time`` and ``afresh``."""
    with pytest.MonkeyPatch.context() as patch, connect("owner", autocommit=True) as owner:
        patch.setenv("DBT_INDIRECT_SELECTION", "empty")  # models alone: other tests see to what they hold
        tiny_district.fill(owner)
        dbt_adapter.build(MODELS)
        owner.execute("create table public.first_looks as table indicators.detection_score")

        late, early = next_load(owner), next_load(owner)
        supersede(owner, "urgent", early, TUESDAY, state=6, resolved_at=TUESDAY - timedelta(hours=3))
        audit(owner, "urgent", early, TUESDAY - timedelta(hours=3), 2, 6)
        supersede(owner, "nobody", early, TUESDAY, is_deleted=True)
        commit_load(owner, early, TUESDAY)
        book_loads(owner, TUESDAY)
        # As a release left it that did not know the persistence of a rule yet.
        owner.execute("alter table indicators.int_underserved__rule_week drop column opens_of_weeks")
        owner.execute("create table public.first_build as select max(changed_at) as at from core.service_week")
        dbt_adapter.build(MODELS)
        owner.execute(
            "create table public.rewritten as select week_start_on, school_key, unit_id from core.service_week, public.first_build where changed_at > at"
        )

        supersede(owner, "slow-0", late, TUESDAY, location="l-south")  # an old request, a load under an older number
        supersede(owner, "slow-3", late, TUESDAY, state=2)
        audit(owner, "slow-3", late, TUESDAY - timedelta(hours=1), 6, 2)
        commit_load(owner, late, TUESDAY + timedelta(hours=2))
        commit_load(owner, next_load(owner), TUESDAY + timedelta(hours=2))  # a repeated load that brought nothing
        dbt_adapter.build(MODELS)

        owner.execute(
            "update config.promise set resolution_business_minutes = 300 where unit_id = 'it' and priority = 3"
        )
        owner.execute("insert into config.unit_closure values ('it', %s) on conflict do nothing", (date(2025, 10, 21),))
        dbt_adapter.build(MODELS)
        content(owner, "a_day_at_a_time")

        dbt_adapter.build(MODELS, full_refresh=True)
        content(owner, "afresh")
        yield owner


@pytest.mark.parametrize("table", KEPT)
def test_a_table_brought_up_to_date_equals_the_table_built_afresh(days: psycopg.Connection[Any], table: str) -> None:
    name = table.split(".")[1]
    differing = days.execute(
        f"(select 'kept', kept::text from (table a_day_at_a_time.{name} except all table afresh.{name}) as kept limit 3)"
        f" union all (select 'afresh', made::text from (table afresh.{name} except all table a_day_at_a_time.{name}) as made limit 3)"
    ).fetchall()
    assert differing == []
    assert days.execute(f"select count(*) > 0 from afresh.{name}").fetchone() == (True,)


def test_the_days_did_change_the_school_of_an_old_request_and_delete_another(days: psycopg.Connection[Any]) -> None:
    schools = dict(days.execute("select request_key, school_key from afresh.int_service_request").fetchall())
    assert schools["helpdesk:slow-0"] == SOUTH
    assert "helpdesk:nobody" not in schools


def test_a_day_leaves_the_weeks_alone_that_nothing_of_it_bears_on(days: psycopg.Connection[Any]) -> None:
    # "urgent" and "nobody" were opened in the week of 3 November; a request bears on the week of its opening and those after.
    untouched = days.execute(
        "select count(*) from public.rewritten where week_start_on < %s", (date(2025, 11, 3),)
    ).fetchone()
    assert untouched == (0,)
    assert days.execute(
        "select count(*) > 0 from public.rewritten where week_start_on >= %s", (date(2025, 11, 3),)
    ).fetchone() == (True,)


def test_a_look_at_a_week_stays_as_it_was_taken_and_the_next_week_has_its_own(days: psycopg.Connection[Any]) -> None:
    first = days.execute("select max(week_start_on) from public.first_looks").fetchone()
    assert first is not None
    changed = days.execute("table public.first_looks except all table indicators.detection_score").fetchall()
    assert changed == []
    newest = days.execute("select max(week_start_on) from indicators.detection_score").fetchone()
    assert newest == (first[0] + timedelta(days=7),)
