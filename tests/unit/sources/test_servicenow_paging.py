"""Paging ServiceNow: whatever the page sizes, equal stamps, hidden rows and changes meanwhile, nothing readable is lost."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolward.connections import Connection
from schoolward.errors import CompletenessError, SourceError
from schoolward.ingest.http import Answer, Client, StatusError
from schoolward.sample.replay.encoded_query import parse
from schoolward.sources.base import Page, Pull, Stream
from schoolward.sources.servicenow import STREAMS, ServiceNow

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
GROUP = next(s for s in STREAMS if s.name == "sys_user_group")
Event = tuple[str, int]


@dataclass
class Instance:
    """A table as an instance shows it; between two requests somebody may write to it."""

    rows: dict[str, dict[str, str]]
    hidden: frozenset[str] = frozenset()
    events: Mapping[int, list[Event]] = field(default_factory=dict)
    tells_count: bool = True
    known: frozenset[str] = frozenset({"sys_id", "sys_updated_on", "name"})
    largest_page_in_time: int = 1_000_000
    spoil: Callable[[int, list[dict[str, str]]], list[dict[str, str]]] = lambda _, rows: rows
    now: datetime = START
    n_requests: int = 0
    n_made: int = 0

    def get(
        self,
        path: str,
        params: Mapping[str, str],
        decode: Callable[[bytes], Any],
        *,
        no_retry: frozenset[int] = frozenset(),
    ) -> Answer[Any]:
        for event in self.events.get(self.n_requests, []):
            self.happen(event)
        self.n_requests += 1
        query = parse(params["sysparm_query"], self.known.__contains__)
        found = [row for row in self.rows.values() if query.test(row)]
        for name, is_down in reversed(query.order):
            found.sort(key=lambda row: row[name], reverse=is_down)
        limit = int(params["sysparm_limit"])
        page = [row for row in found[:limit] if row["sys_id"] not in self.hidden]
        page = self.spoil(self.n_requests, page)
        answer: dict[str, Any] = {"result": page}
        if len(page) > self.largest_page_in_time:
            answer = {
                "result": page[:1],
                "error": {"message": "Transaction cancelled: maximum execution time exceeded"},
            }
        counted = self.tells_count and params.get("sysparm_no_count") != "true"
        return Answer(
            decode(msgspec.json.encode(answer)), {"X-Total-Count": str(len(found))} if counted else {}, self.now
        )

    def where(self, path: str) -> str:
        return "helpdesk.example/" + path

    def happen(self, event: Event) -> None:
        """Somebody writes; half of the writes fall into the same second, the others two minutes later."""
        kind, which = event
        self.now += timedelta(minutes=which % 2 * 2)
        names = sorted(self.rows)
        if kind == "insert":
            self.n_made += 1
            self.put(f"{which % 16:x}{1000 + self.n_made:031x}")  # no row of `table` has that number
        elif names and kind == "update":
            self.put(names[which % len(names)])
        elif names:
            del self.rows[names[which % len(names)]]

    def put(self, name: str) -> None:
        stamp = self.now.strftime("%Y-%m-%d %H:%M:%S")
        self.rows[name] = {"sys_id": name, "name": f"version {self.n_requests}", "sys_updated_on": stamp}


def table(*stamps: int) -> dict[str, dict[str, str]]:
    """Rows stamped so many seconds before the start; ``sys_id`` runs against the stamps' order."""
    rows = {}
    for n, seconds in enumerate(stamps):
        at = (START - timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")
        rows[f"{(n * 7) % 16:x}{n:031x}"] = {"sys_id": f"{(n * 7) % 16:x}{n:031x}", "name": "a", "sys_updated_on": at}
    return rows


def source(instance: Instance, page_size: int, overlap_minutes: int = 1) -> ServiceNow:
    options = {"page_size": page_size, "overlap_minutes": overlap_minutes}
    config: Any = SimpleNamespace(name="helpdesk", options=options)
    made = ServiceNow(cast(Any, None), config, Connection("helpdesk", host="helpdesk.example"), b"key")
    made.__dict__["client"] = cast(Client, instance)
    return made


def received(pull: Pull) -> dict[str, set[str]]:
    """Every version received of every row, by ``sys_id``."""
    versions: dict[str, set[str]] = {}
    n = 0
    for page in pull:
        n += page.n_received
        for record in cast(Any, page.records):
            versions.setdefault(record.sys_id, set()).add(record.name)
    assert pull.n_told in (None, n)
    return versions


tables = st.lists(st.integers(0, 4), max_size=14).map(lambda stamps: table(*stamps))
writes = st.dictionaries(
    st.integers(0, 14),
    st.lists(st.tuples(st.sampled_from(["insert", "update", "delete"]), st.integers(0, 40)), max_size=3),
    max_size=6,
)
page_sizes = st.integers(1, 5)


@given(rows=tables, page_size=page_sizes, tells_count=st.booleans(), full=st.booleans())
def test_a_quiet_table_is_received_once_and_as_counted(
    rows: dict[str, dict[str, str]], page_size: int, tells_count: bool, full: bool
) -> None:
    pull = source(Instance(rows, tells_count=tells_count), page_size).pull(GROUP, full=full)
    pages = list(pull)
    ids = [record.sys_id for page in pages for record in cast(Any, page.records)]
    assert sorted(ids) == sorted(rows)
    assert pull.n_told == (len(rows) if tells_count else None)
    assert pull.is_whole == full


@settings(max_examples=200)
@given(rows=tables, page_size=page_sizes, events=writes, data=st.data())
def test_rows_there_throughout_are_received_though_the_table_is_written_to(
    rows: dict[str, dict[str, str]], page_size: int, events: Mapping[int, list[Event]], data: st.DataObject
) -> None:
    hidden = frozenset(data.draw(st.sets(st.sampled_from(sorted(rows)), max_size=6))) if rows else frozenset()
    instance = Instance(dict(rows), hidden, events)
    pull = source(instance, page_size).pull(GROUP)
    try:
        got = received(pull)
    except CompletenessError:
        return  # said, and nothing of it lands
    start = pull.source_at.strftime("%Y-%m-%d %H:%M:%S")
    for name, row in instance.rows.items():
        if name in rows and name not in hidden and row["sys_updated_on"] <= start:
            assert name in got


@settings(max_examples=200)
@given(rows=tables, page_size=page_sizes, events=writes)
def test_two_pulls_hold_the_latest_version_of_every_row(
    rows: dict[str, dict[str, str]], page_size: int, events: Mapping[int, list[Event]]
) -> None:
    instance = Instance(dict(rows), events=events)
    first = source(instance, page_size).pull(GROUP)
    try:
        got = received(first)
    except CompletenessError:
        return
    instance.events = {}
    for name, versions in received(source(instance, page_size).pull(GROUP, cursor=first.cursor)).items():
        got.setdefault(name, set()).update(versions)
    for name, row in instance.rows.items():
        assert row["name"] in got[name]


@given(rows=tables, page_size=page_sizes, n_pages=st.integers(1, 4))
def test_a_first_load_goes_on_behind_the_page_it_ended_with(
    rows: dict[str, dict[str, str]], page_size: int, n_pages: int
) -> None:
    instance = Instance(rows)
    pages: list[Page] = []
    for page in source(instance, page_size).pull(GROUP):
        pages.append(page)
        if len(pages) == n_pages:
            break
    rest = source(instance, page_size).pull(GROUP, cursor=pages[-1].resume if pages else None)
    pages += list(rest)
    ids = [record.sys_id for page in pages for record in cast(Any, page.records)]
    assert sorted(ids) == sorted(rows)
    assert rest.n_told is not None


@settings(max_examples=200)
@given(rows=tables, page_size=page_sizes, events=writes)
def test_a_sweep_receives_every_row_there_throughout(
    rows: dict[str, dict[str, str]], page_size: int, events: Mapping[int, list[Event]]
) -> None:
    instance = Instance(dict(rows), events=events)
    try:
        got = received(source(instance, page_size).pull(GROUP, full=True))
    except CompletenessError:
        return
    deleted = set(rows) - set(instance.rows)
    assert set(rows) - deleted <= set(got)


@given(rows=tables, page_size=page_sizes, data=st.data())
def test_pages_of_hidden_rows_are_looked_behind(
    rows: dict[str, dict[str, str]], page_size: int, data: st.DataObject
) -> None:
    hidden = frozenset(data.draw(st.sets(st.sampled_from(sorted(rows))))) if rows else frozenset()
    pull = source(Instance(rows, hidden), page_size).pull(GROUP)
    assert set(received(pull)) == set(rows) - hidden
    assert pull.n_told == (None if hidden else len(rows))


def test_the_overlap_reads_rows_again_that_were_committed_late() -> None:
    instance = Instance(table(1000, 500))
    done = source(instance, 10).pull(GROUP)
    received(done)
    last = max(instance.rows, key=lambda name: instance.rows[name]["sys_updated_on"])
    for name, seconds in (("late", 620), ("too late", 820)):
        instance.rows[name] = {**table(seconds).popitem()[1], "sys_id": name}
    assert set(received(source(instance, 10, overlap_minutes=5).pull(GROUP, cursor=done.cursor))) == {"late", last}


def test_a_page_cut_off_after_60_seconds_is_asked_for_again_in_halves() -> None:
    rows = table(*range(100))
    instance = Instance(rows, largest_page_in_time=30)
    assert set(received(source(instance, 100).pull(GROUP))) == set(rows)


def test_an_instance_too_slow_for_ten_rows_is_told() -> None:
    with pytest.raises(SourceError, match="gives up after its time limit even on 10 rows"):
        list(source(Instance(table(*range(30)), largest_page_in_time=5), 100).pull(GROUP))


def test_an_error_object_in_an_answer_with_status_200_is_told() -> None:
    class Failing(Instance):
        def get(self, path: str, params: Mapping[str, str], decode: Callable[[bytes], Any], **_: Any) -> Answer[Any]:
            return Answer(
                decode(b'{"error":{"message":"Operation Failed","detail":"by a business rule"},"status":"failure"}'),
                {},
                START,
            )

    with pytest.raises(SourceError, match="reports an error in its answer: Operation Failed; by a business rule"):
        list(source(Failing({}), 2).pull(GROUP))


def test_version_1_of_the_api_says_404_for_no_rows() -> None:
    class Version1(Instance):
        def get(self, path: str, params: Mapping[str, str], decode: Callable[[bytes], Any], **_: Any) -> Answer[Any]:
            raise StatusError(
                "404", 404, {"Date": "Mon, 05 Jan 2026 08:00:00 GMT"}, b'{"error":{"message":"No Record found"}}'
            )

    pull = source(Version1({}), 2).pull(GROUP)
    assert list(pull) == []
    assert pull.source_at == START


def test_an_instance_that_ignores_the_stamp_condition_is_not_believed() -> None:
    instance = Instance(table(1, 2, 3), known=frozenset({"sys_id", "name"}))
    with pytest.raises(SourceError, match="ignores conditions on sys_updated_on"):
        list(source(instance, 2).pull(GROUP))


def test_a_repeated_page_is_noticed() -> None:
    seen: list[list[dict[str, str]]] = []

    def repeat(_: int, rows: list[dict[str, str]]) -> list[dict[str, str]]:
        seen.append(rows)
        return seen[2] if len(seen) == 4 else rows

    with pytest.raises(SourceError, match="sent rows again"):
        list(source(Instance(table(1, 2, 3, 4), spoil=repeat), 2).pull(GROUP))


@pytest.mark.parametrize("full", [False, True])
def test_an_instance_that_sends_the_same_page_for_ever_is_left(full: bool) -> None:
    rows = table(3, 2, 1)
    instance = Instance(rows, spoil=lambda n, page: page if n < 3 else list(rows.values())[:2])
    with pytest.raises(SourceError, match="sent rows again"):
        list(source(instance, 2).pull(GROUP, full=full))


def test_an_instance_that_does_not_sort_is_noticed() -> None:
    instance = Instance(table(9, 8, 7, 6), spoil=lambda n, page: page[::-1])
    with pytest.raises(SourceError, match="does not sort by sys_updated_on"):
        list(source(instance, 4).pull(GROUP))


def test_a_row_left_out_of_a_page_once_is_a_load_that_fails_with_both_numbers() -> None:
    instance = Instance(table(4, 3, 2, 1), spoil=lambda n, page: page[1:] if n == 3 else page)
    with pytest.raises(CompletenessError, match="4 rows for our question and lets us read 4, but sent 3"):
        list(source(instance, 10).pull(GROUP))


def test_a_row_that_access_rules_emptied_does_not_stop_the_rows_behind_it() -> None:
    rows = table(4, 3, 2, 1)
    emptied = sorted(rows.values(), key=lambda r: r["sys_updated_on"])[1]["sys_id"]
    instance = Instance(rows, spoil=lambda n, page: [{} if r["sys_id"] == emptied else r for r in page])
    pages = list(source(instance, 2).pull(GROUP))
    assert {r.sys_id for p in pages for r in cast(Any, p.records)} == set(rows) - {emptied}
    assert sum(len(p.rejects) for p in pages) == 1


def test_a_trailing_emptied_row_ends_the_pull_and_is_told_once() -> None:
    rows = table(4, 3, 2, 1)
    emptied = max(rows.values(), key=lambda r: r["sys_updated_on"])["sys_id"]
    instance = Instance(rows, spoil=lambda n, page: [{} if r["sys_id"] == emptied and n > 2 else r for r in page])
    pages = list(source(instance, 3).pull(GROUP))
    assert sum(len(p.records) for p in pages) == 3
    assert sum(len(p.rejects) for p in pages) == 1


def test_a_busy_instance_does_not_hold_a_pull_for_ever() -> None:
    class Busy(dict[int, list[Event]]):
        def get(self, key: int, default: Any = None) -> Any:
            return [("insert", 1)]

    pages: Iterator[Page] = iter(source(Instance(table(3, 2, 1), events=Busy()), 2).pull(GROUP))
    assert 2 <= len(list(pages)) <= 10


def test_audit_rows_that_were_not_asked_for_are_never_handed_on() -> None:
    stream: Stream = next(s for s in STREAMS if s.name == "sys_audit")
    row = {"sys_id": "1", "tablename": "incident", "documentkey": "2", "sys_created_on": "2026-01-05 07:00:00"}
    text = row | {"fieldname": "short_description", "newvalue": "Ann Lee fell ill"}
    instance = Instance({"1": text}, known=frozenset({"sys_id", "sys_created_on", "tablename"}))
    with pytest.raises(SourceError, match="ignores a condition of ours") as caught:
        list(source(instance, 2).pull(stream))
    assert "Ann Lee" not in str(caught.value)
