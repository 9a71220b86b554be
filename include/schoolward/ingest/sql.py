"""One way to send SQL whose identifiers come from declared streams; values always travel as parameters."""

from collections.abc import Sequence
from typing import Any

import psycopg

Warehouse = psycopg.Connection[tuple[Any, ...]]
"""A connection in autocommit mode, in UTC; every transaction is opened by name."""


def run(warehouse: Warehouse, statement: str, values: Sequence[Any] = ()) -> psycopg.Cursor[tuple[Any, ...]]:
    """Execute a statement; ``%s`` stands for a value. Identifiers must have gone through :func:`.raw_table.quoted`."""
    return warehouse.execute(statement.encode(), values or None)


def row(warehouse: Warehouse, statement: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The one row of a statement that always gives one."""
    found = run(warehouse, statement, values).fetchone()
    assert found is not None, statement
    return found
