"""A long first load commits on its way, and a later run goes on behind the last chunk."""

from typing import Any

import psycopg
import pytest
from tests.integration.landing.scripted import THINGS, ScriptedPull, ScriptedSource, Thing, day, page, source_of

from schoolward.errors import CompletenessError, SourceError
from schoolward.ingest.run import load
from schoolward.sources.base import Page

Warehouse = psycopg.Connection[Any]


def chunk_pages(first: int, last: int) -> list[Page]:
    """Pages of two rows; each says where to go on."""
    return [
        page(Thing(thing_id=f"t{2 * n}", size=n), Thing(thing_id=f"t{2 * n + 1}", size=n), resume={"page": n})
        for n in range(first, last)
    ]


def in_chunks(warehouse: Warehouse, source: ScriptedSource) -> Any:
    return load(warehouse, source, THINGS, "incremental", chunk_rows=4)


def mark(warehouse: Warehouse) -> Any:
    return warehouse.execute("select cursor, is_complete from ops.watermark").fetchone()


def n_rows(warehouse: Warehouse) -> int:
    [n] = warehouse.execute("select count(*) from raw_servicenow.thing").fetchone() or [-1]
    return int(n)


def test_a_first_load_commits_in_chunks_and_ends_complete(loader: Warehouse) -> None:
    source = source_of(ScriptedPull(chunk_pages(0, 5), at=day(0), cursor={"end": 1}, n_told=10))
    summary = in_chunks(loader, source)
    assert (summary.n_loads, summary.counts.n_new, summary.counts.n_seen, summary.counts.n_told) == (3, 10, 10, 10)
    found = loader.execute("select n_new, n_told, message from ops.load order by load_id").fetchall()
    going_on = "a chunk of a first load that goes on"
    assert found == [(4, None, going_on), (4, None, going_on), (2, 10, None)]
    assert mark(loader) == ({"end": 1}, True)
    ids = loader.execute("select count(distinct _load_id), bool_and(_is_current) from raw_servicenow.thing").fetchone()
    assert ids == (3, True)


def test_rows_that_fill_the_last_chunk_exactly_still_end_complete(loader: Warehouse) -> None:
    summary = in_chunks(loader, source_of(ScriptedPull(chunk_pages(0, 4), at=day(0), cursor={"end": 1}, n_told=8)))
    assert (summary.counts.n_new, mark(loader)) == (8, ({"end": 1}, True))


def test_a_broken_first_load_goes_on_behind_its_last_chunk(loader: Warehouse) -> None:
    source = source_of(
        ScriptedPull(chunk_pages(0, 3), at=day(0), then=SourceError("desk went away.")),
        ScriptedPull(chunk_pages(2, 4), at=day(1), cursor={"end": 1}, n_told=4, is_whole=True),
    )
    with pytest.raises(SourceError, match="desk went away"):
        in_chunks(loader, source)
    assert (n_rows(loader), mark(loader)) == (4, ({"page": 1}, False))
    summary = in_chunks(loader, source)
    assert source.asked[1]["cursor"] == {"page": 1}
    assert (summary.counts.n_new, n_rows(loader), mark(loader)) == (4, 8, ({"end": 1}, True))


def test_only_the_first_load_is_cut(loader: Warehouse) -> None:
    source = source_of(
        ScriptedPull(chunk_pages(0, 1), at=day(0), cursor={"end": 1}),
        ScriptedPull(chunk_pages(0, 5), at=day(1), then=SourceError("desk went away.")),
    )
    in_chunks(loader, source)
    with pytest.raises(SourceError):
        in_chunks(loader, source)
    assert (n_rows(loader), mark(loader)) == (2, ({"end": 1}, True))


def test_pages_that_cannot_be_resumed_land_together_or_not_at_all(loader: Warehouse) -> None:
    pages = [page(*(Thing(thing_id=f"t{n}{i}") for i in range(4))) for n in range(4)]
    with pytest.raises(SourceError):
        in_chunks(loader, source_of(ScriptedPull(pages, at=day(0), then=SourceError("desk went away."))))
    assert (n_rows(loader), mark(loader)) == (0, None)


def test_a_row_that_moved_into_a_later_chunk_is_a_new_version(loader: Warehouse) -> None:
    pages = [*chunk_pages(0, 4), page(Thing(thing_id="t0", size=99), Thing(thing_id="t1", size=0), resume={"page": 9})]
    summary = in_chunks(loader, source_of(ScriptedPull(pages, at=day(0), cursor={"end": 1})))
    assert (summary.counts.n_new, summary.counts.n_changed, summary.counts.n_unchanged) == (8, 1, 1)
    rows = loader.execute(
        "select size, _is_current from raw_servicenow.thing where thing_id = 't0' order by _seen_from"
    )
    assert rows.fetchall() == [(0, False), (99, True)]


def test_a_first_load_whose_count_does_not_fit_starts_over_and_changes_nothing_twice(loader: Warehouse) -> None:
    source = source_of(
        ScriptedPull(chunk_pages(0, 3), at=day(0), cursor={"end": 1}, n_told=7),
        ScriptedPull(chunk_pages(0, 3), at=day(1), cursor={"end": 2}, n_told=6),
    )
    with pytest.raises(CompletenessError, match="said it has 7 rows and sent 6; what landed before stays"):
        in_chunks(loader, source)
    assert (n_rows(loader), mark(loader)) == (4, (None, False))
    summary = in_chunks(loader, source)
    assert source.asked[1]["cursor"] is None
    assert (summary.counts.n_new, summary.counts.n_unchanged, n_rows(loader)) == (2, 4, 6)
    assert mark(loader) == ({"end": 2}, True)
