"""Landing scripted pulls, and reading back what they left."""

from typing import Any

import psycopg
from tests.integration.landing.scripted import THINGS, ScriptedPull, Thing, day, source_of

from schoolward.ingest.books import Mode
from schoolward.ingest.run import load
from schoolward.ingest.summary import LoadSummary
from schoolward.sources.base import Stream

Warehouse = psycopg.Connection[Any]


def land(
    warehouse: Warehouse, *script: ScriptedPull, stream: Stream = THINGS, mode: Mode = "incremental", **options: Any
) -> LoadSummary:
    """Land the scripted pulls one after the other; the last one's summary."""
    source = source_of(*script, **options)
    for _ in script:
        summary = load(warehouse, source, stream, mode)
    return summary


def history(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    """Versions as (id, name, from day, to day or None, is_deleted), oldest first; days since the start."""
    rows = warehouse.execute(
        "select thing_id, name, _seen_from, _seen_to, _is_deleted, _is_current from raw_servicenow.thing order by 1, 3"
    ).fetchall()
    assert all((to is None) == current for _, _, _, to, _, current in rows)
    return [(i, n, (a - day(0)).days, None if b is None else (b - day(0)).days, gone) for i, n, a, b, gone, _ in rows]


def loads(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.execute("select status, message from ops.load order by load_id").fetchall()


def things(*pairs: str) -> list[Thing]:
    """``"a=x"`` is thing a named x."""
    return [Thing(thing_id=i, name=n or None) for i, _, n in (pair.partition("=") for pair in pairs)]
