"""Requests that alerts opened come back with the next pull; the models leave them out, for no school asked for them."""

import re
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql

from schoolward.alerts.service_desks import MARK
from schoolward.dbt_adapter import project_path
from schoolward.sources.zendesk_shape import OWN_TAG
from schoolward.warehouse.connection import connect

STAGED = {
    ("servicenow", "stg_servicenow__incident", "incident"): (
        "(_source, sys_id, number, state, contact_type, opened_at, sys_updated_on, _is_current, _is_deleted)",
        "('helpdesk', {key}, {key}, 1, {mark}, now(), now(), true, false)",
        "request_number",
    ),
    ("zendesk", "stg_zendesk__ticket", "tickets"): (
        "(_source, id, status, tags, created_at, _is_current, _is_deleted)",
        "('desk', {number}, 'new', {tags}, now(), true, false)",
        "ticket_id",
    ),
}  # fmt: skip


def staged(vendor: str, model: str, table: str) -> str:
    """The model's own SQL over a table of its source's columns."""
    path: Path = project_path() / "models" / "staging" / vendor / f"{model}.sql"
    query = re.sub(r"\{\{ source\('(\w+)', '(\w+)'\) \}\}", r"pg_temp.\2", path.read_text())
    return re.sub(r"\{\{ zendesk_priority\('(\w+)'\) \}\}", r"\1", query)


@pytest.mark.parametrize("which", STAGED, ids=lambda which: which[0])
def test_a_request_an_alert_opened_is_no_request_of_a_school(warehouse: Any, which: tuple[str, str, str]) -> None:
    assert MARK == OWN_TAG
    vendor, _, table = which
    columns, values, number = STAGED[which]
    with connect("owner") as connection:
        like = sql.SQL("create temporary table {} (like {})").format(
            sql.Identifier(table), sql.Identifier(f"raw_{vendor}", table)
        )
        connection.execute(like)
        for column in ("_fingerprint", "_seen_from", "_load_id"):
            connection.execute(
                sql.SQL("alter table {} alter {} drop not null").format(sql.Identifier(table), sql.Identifier(column))
            )
        for n, mark in enumerate((None, "phone", MARK), 1):
            shown = values.format(
                key="%(key)s", mark="%(mark)s::text", number="%(n)s", tags="array_remove(array[%(mark)s::text], null)"
            )
            connection.execute(
                f"insert into {table} {columns} values {shown}".encode(), {"key": str(n), "mark": mark, "n": n}
            )
        rows = connection.execute(f"select {number}::text from ({staged(*which)}) as s order by 1".encode()).fetchall()
    assert rows == [("1",), ("2",)]
