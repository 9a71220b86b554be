"""Paging Zendesk: whatever its styles, seconds and clocks, pulls together lose nothing, and no pull runs for ever."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.errors import AccessRefusedError, CompletenessError, SourceError
from schoolward.ingest.http import Answer, StatusError
from schoolward.sources.base import Pull, Stream
from schoolward.sources.zendesk import STREAMS, Zendesk

START = 1_767_600_000
EXPORTS = ("tickets", "organizations")
Change = tuple[int, int]
"""Second after the start, and which record changed then."""


@dataclass
class Account:
    """An account as the vendor's manual describes it: what changed in the last minute is not shown yet."""

    changes: list[Change] = field(default_factory=list)
    now: int = START + 100_000
    size: int = 3
    tells_end: bool = True
    breaks_seconds: bool = False
    knows_cursors: bool = True
    has_cursor_export: bool = True
    lists_metric_events: bool = True
    extra_count: int = 0
    spoil: Callable[[dict[str, Any]], None] = lambda _: None
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def shown(self) -> list[Change]:
        """Last change of each record, as far as it is settled, in the order of an export."""
        latest = dict(sorted((id, second) for second, id in self.changes if START + second <= self.now))
        latest = {id: max(s for s, i in self.changes if i == id and START + s <= self.now) for id in latest}
        return sorted((START + s, id) for id, s in latest.items() if START + s <= self.now - 60)

    def where(self, path: str) -> str:
        return f"fd.example{path}"

    def get(self, path: str, params: Mapping[str, str], decode: Callable[[bytes], Any]) -> Answer[Any]:
        self.asked.append((path, dict(params)))
        assert len(self.asked) < 500, "it asks for ever"
        name = path.removesuffix(".json").removesuffix("/cursor").rsplit("/", 1)[-1]
        answer = self._cursor(params) if "/cursor" in path else self._time(params)
        rows = answer.pop("rows")
        body = {name: rows, **answer}
        self.spoil(body)
        return Answer(decode(msgspec.json.encode(body)), {}, self._clock)

    @property
    def _clock(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def _refuse(self, status: int) -> StatusError:
        return StatusError("fd.example answers.", status, {"Date": f"{self._clock:%a, %d %b %Y %H:%M:%S} GMT"}, b"{}")

    def _from(self, params: Mapping[str, str]) -> int:
        start = int(params["start_time"])
        if start > self.now - 60:
            raise self._refuse(422)
        return start

    def _cursor(self, params: Mapping[str, str]) -> dict[str, Any]:
        if not self.has_cursor_export:
            raise self._refuse(404)
        if "cursor" in params:
            if not self.knows_cursors:
                raise self._refuse(422)
            second, id = map(int, params["cursor"].split("|"))
            left = [change for change in self.shown() if change > (second, id)]
        else:
            left = [change for change in self.shown() if change[0] >= self._from(params)]
        page = left[: self.size]
        after = f"{page[-1][0]}|{page[-1][1]}" if page else params.get("cursor")
        end = {"end_of_stream": len(left) <= self.size} if self.tells_end else {}
        return {"rows": [_row(*c) for c in page], "after_cursor": after, **end}

    def _time(self, params: Mapping[str, str]) -> dict[str, Any]:
        start = self._from(params)
        left = [change for change in self.shown() if change[0] >= start]
        page = left[: self.size]
        if not self.breaks_seconds and page:
            page = [change for change in left if change[0] <= page[-1][0]]
        end_time = page[-1][0] if page else None
        if end_time == start and len(page) < len(left) and not self.breaks_seconds:
            end_time += 1
        end = {"end_of_stream": len(page) == len(left)} if self.tells_end else {}
        count = len(page) + self.extra_count
        next_page = f"https://mapped.example/api?start_time={end_time or start}"
        return {"rows": [_row(*c) for c in page], "count": count, "end_time": end_time, "next_page": next_page, **end}


def _row(second: int, id: int) -> dict[str, Any]:
    return {"id": id, "status": "open", "updated_at": second, "created_at": START, "generated_timestamp": second}


def source_of(account: Account, **options: Any) -> Zendesk:
    config = SourceConfig("fd", "zendesk", "fd", "0 4 * * *", options, 1440)
    source = Zendesk(cast(Any, None), config, Connection("fd", "http", "127.0.0.1"), b"key")
    source.__dict__["client"] = account
    return source


def stream(name: str) -> Stream:
    return next(s for s in STREAMS if s.name == name)


def records(pull: Pull) -> list[Any]:
    return [record for page in pull for record in page.records]


def land(account: Account, name: str, times: list[int], full_at: int | None = None) -> dict[int, int]:
    """The version of each record that is held after a pull at each of the times."""
    held: dict[int, int] = {}
    cursor: Mapping[str, Any] | None = None
    for time in times:
        account.now, account.asked = START + time, []
        pull = source_of(account, overlap_minutes=0, page_size=account.size).pull(stream(name), cursor=cursor)
        held |= {r.id: int(r.updated_at.timestamp()) - START for r in records(pull)}
        cursor = pull.cursor
        assert cursor is not None
    return held


CHANGES = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 6)), max_size=40)
TIMES = st.lists(st.integers(61, 420), max_size=5).map(sorted)


@settings(max_examples=150, deadline=None)
@given(
    changes=CHANGES,
    times=TIMES,
    size=st.integers(1, 9),
    name=st.sampled_from(EXPORTS),
    tells_end=st.booleans(),
    has_cursor_export=st.booleans(),
)
def test_pulls_at_any_times_together_hold_the_last_version_of_everything(
    changes: list[Change], times: list[int], size: int, name: str, tells_end: bool, has_cursor_export: bool
) -> None:
    tells_end = tells_end or size <= 6  # one second alone may fill a page, and then only the account knows the end
    account = Account(changes, size=size, tells_end=tells_end, has_cursor_export=has_cursor_export)
    held = land(account, name, [*times, 1000])
    assert held == {id: max(s for s, i in changes if i == id) for _, id in changes}


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, times=TIMES)
def test_a_cursor_that_is_no_longer_known_costs_nothing_but_rows_seen_before(
    changes: list[Change], times: list[int]
) -> None:
    account = Account(changes, knows_cursors=True, size=1000)
    if times:
        land(account, "tickets", times)
    account.knows_cursors = False
    held = land(account, "tickets", [*times, 1000])
    assert held == {id: max(s for s, i in changes if i == id) for _, id in changes}


@settings(max_examples=60, deadline=None)
@given(changes=CHANGES, size=st.integers(7, 9))
def test_pages_that_end_within_a_second_lose_nothing_while_they_hold_more_than_a_second(
    changes: list[Change], size: int
) -> None:
    account = Account(changes, size=size, breaks_seconds=True)
    assert land(account, "organizations", [1000]) == {id: max(s for s, i in changes if i == id) for _, id in changes}


def test_a_row_that_two_adjacent_pages_share_is_received_once() -> None:
    account = Account([(second, second) for second in range(1, 8)])
    pull = source_of(account, page_size=3).pull(stream("organizations"))
    pages = list(pull)
    assert [page.n_received for page in pages] == [3, 2, 2]
    assert [r.id for page in pages for r in page.records] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("name", EXPORTS)
def test_a_pull_right_after_another_brings_only_the_overlap(name: str) -> None:
    account = Account([(0, 1), (400, 2)])
    source = source_of(account, overlap_minutes=1)
    first = source.pull(stream(name))
    records(first)
    assert [r.id for r in records(source.pull(stream(name), cursor=first.cursor))] == ([] if name == "tickets" else [2])


def test_the_last_cursor_is_kept_though_the_stream_has_ended() -> None:
    account = Account([(0, 1)])
    pull = source_of(account).pull(stream("tickets"))
    records(pull)
    assert pull.cursor == {"start_time": account.now - 60, "after": f"{START}|1"}


def test_a_cursor_survives_an_end_that_names_none() -> None:
    account = Account([(0, 1)])
    first = source_of(account).pull(stream("tickets"))
    records(first)
    account.spoil = lambda body: body.update(after_cursor=None)
    again = source_of(account).pull(stream("tickets"), cursor=first.cursor)
    records(again)
    assert again.cursor is not None
    assert again.cursor["after"] == f"{START}|1"


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_that_names_the_same_place_for_ever_is_told(name: str) -> None:
    account = Account([(second // 9, second) for second in range(30)], breaks_seconds=True)
    if name == "tickets":
        account.spoil = lambda body: body.update(after_cursor=f"{START}|2", end_of_stream=False)
    with pytest.raises(SourceError, match=r"organizations|tickets.* does not move on.* raise page_size"):
        records(source_of(account, page_size=3).pull(stream(name)))


def test_an_export_that_never_ends_with_no_cursor_is_told() -> None:
    account = Account([(0, 1)], spoil=lambda body: body.update(after_cursor=None, end_of_stream=False))
    with pytest.raises(SourceError, match="does not move on"):
        records(source_of(account).pull(stream("tickets")))


def test_a_start_that_is_too_recent_for_the_source_is_moved_back_to_what_it_takes() -> None:
    account = Account([(0, 1)], now=START + 100)
    pull = source_of(account).pull(stream("tickets"), since=datetime.fromtimestamp(START + 99, UTC))
    assert records(pull) == []
    assert [params["start_time"] for _, params in account.asked] == [str(START + 99), str(START + 39)]


@pytest.mark.parametrize("told", [1, -1, 100])
def test_a_count_that_the_page_does_not_hold_is_told_with_both_numbers(told: int) -> None:
    account = Account([(n, n) for n in range(1, 6)], extra_count=told, size=1000)
    with pytest.raises(CompletenessError, match=f"says that a page has {5 + told} rows, and sent 5"):
        records(source_of(account).pull(stream("organizations")))


def test_a_count_of_everything_on_each_page_is_as_good_as_a_count_of_the_page() -> None:
    account = Account([(n, n) for n in range(1, 6)], size=2, spoil=lambda body: body.update(count=5))
    assert len(records(source_of(account, page_size=2).pull(stream("organizations")))) == 5


def test_only_a_pull_from_the_beginning_is_whole_and_a_log_never_is() -> None:
    source = source_of(Account([(0, 1)]))
    cursor = {"start_time": START, "after": f"{START}|1"}
    assert [
        source.pull(stream("tickets"), full=True, cursor=cursor).is_whole,
        source.pull(stream("tickets")).is_whole,
    ] == [True, True]
    assert not source.pull(stream("tickets"), cursor=cursor).is_whole
    assert not source.pull(stream("organizations"), since=datetime(2026, 1, 1, tzinfo=UTC)).is_whole
    assert not source.pull(stream("ticket_events"), full=True).is_whole


def test_each_page_of_a_first_load_can_be_gone_on_from() -> None:
    account = Account([(n, n) for n in range(1, 8)], size=3)
    for name in EXPORTS:
        source = source_of(account, page_size=3, overlap_minutes=0)
        first = next(iter(source.pull(stream(name))))
        assert first.resume is not None
        rest = records(source.pull(stream(name), cursor=first.resume))
        assert {r.id for r in (*cast(Any, first.records), *rest)} == set(range(1, 8))


@dataclass
class Lists:
    """An account's lists, in one of the styles that there are."""

    n: int
    style: str
    size: int = 100
    asked: list[dict[str, str]] = field(default_factory=list)

    def where(self, path: str) -> str:
        return f"fd.example{path}"

    def get(self, path: str, params: Mapping[str, str], decode: Callable[[bytes], Any]) -> Answer[Any]:
        self.asked.append(dict(params))
        assert len(self.asked) < 50, "it asks for ever"
        if path.endswith(".json"):
            raise StatusError("fd.example answers 404.", 404, {}, b"")
        body = msgspec.json.encode({"groups": [], **self._answer(params)})
        return Answer(decode(body), {}, datetime.fromtimestamp(START, UTC))

    def _answer(self, params: Mapping[str, str]) -> dict[str, Any]:
        rows = [{"id": n, "name": f"Group {n}"} for n in range(1, self.n + 1)]
        if self.style == "cursor" and "page[size]" in params:
            first, size = int(params.get("page[after]", 0)), int(params["page[size]"])
            shown = rows[first : first + size]
            after = str(first + len(shown))
            has_more = first + size < self.n
            links = {"next": f"https://mapped.example/?page%5Bafter%5D={after}" if has_more else None}
            return {"groups": shown, "meta": {"has_more": has_more}, "links": links}
        if self.style == "whole":
            return {"groups": rows}
        size, number = int(params.get("per_page", 30)), int(params.get("page", 1))
        shown = rows[(number - 1) * size : number * size]
        has_more = number * size < self.n
        next_page = f"https://mapped.example/?page={number + 1}" if has_more else None
        counts = {"counted": self.n, "page_counted": len(shown), "stuck": self.n}.get(self.style)
        told = {} if counts is None else {"count": counts}
        if self.style == "stuck":
            return {"groups": rows[:size], "next_page": "https://mapped.example/?page=1", **told}
        return {"groups": shown, **told, **({} if self.style == "bare" else {"next_page": next_page})}


STYLES = ("cursor", "counted", "page_counted", "uncounted", "bare", "whole")


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("n", [0, 1, 29, 30, 31, 99, 100, 101, 200, 250])
def test_a_list_comes_whole_in_every_style_there_is(style: str, n: int) -> None:
    account = Lists(n, style)
    pull = source_of(cast(Any, account)).pull(stream("groups"))
    assert [r.id for r in records(pull)] == list(range(1, n + 1))
    assert pull.is_whole
    assert pull.n_told in (None, n)


def test_a_list_in_numbered_pages_is_held_to_its_count() -> None:
    pull = source_of(cast(Any, Lists(250, "counted"))).pull(stream("groups"))
    records(pull)
    assert pull.n_told == 250


def test_a_numbered_list_that_never_moves_on_is_told() -> None:
    with pytest.raises(SourceError, match="groups does not move on"):
        records(source_of(cast(Any, Lists(250, "stuck"))).pull(stream("groups")))


def test_an_address_is_tried_with_and_without_its_ending_and_the_right_one_is_remembered() -> None:
    account = Account([(n, n) for n in range(1, 8)], size=3)
    asked: list[str] = []
    get = account.get

    def without_ending(path: str, params: Mapping[str, str], decode: Callable[[bytes], Any]) -> Answer[Any]:
        asked.append(path)
        if path.endswith(".json"):
            raise StatusError("fd.example answers 404.", 404, {}, b"")
        return get(path, params, decode)

    shim = SimpleNamespace(get=without_ending, where=account.where)
    assert len(records(source_of(cast(Any, shim), page_size=3).pull(stream("tickets")))) == 7
    assert [path.endswith(".json") for path in asked] == [True, False, False, False]


@pytest.mark.parametrize("name", ["ticket_events", "sla_policies", "schedules", "holidays", "ticket_metric_events"])
def test_what_a_plan_does_not_have_is_a_refusal_that_skips_the_stream(name: str) -> None:
    def absent(path: str, params: Mapping[str, str], decode: Callable[[bytes], Any]) -> Answer[Any]:
        raise StatusError(f"{path} answers 404.", 404, {}, b"")

    account = SimpleNamespace(get=absent, where=lambda path: f"fd.example{path}")
    assert stream(name).is_optional
    with pytest.raises(AccessRefusedError, match=r"is not there \(404\). The account's plan may not have it"):
        records(source_of(cast(Any, account)).pull(stream(name)))
