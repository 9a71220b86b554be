"""Paging OneRoster: whatever the clamps and changes meanwhile, a pull is whole, or it says that it is not."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schoolward.connections import Connection
from schoolward.errors import CompletenessError
from schoolward.ingest.http import Answer, Client, StatusError
from schoolward.sources.base import Pull
from schoolward.sources.oneroster import STREAMS, OneRoster

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
SESSIONS = next(s for s in STREAMS if s.name == "academic_sessions")
Event = tuple[str, int]


@dataclass
class Provider:
    """A collection as a provider shows it; between two requests records may come and go."""

    ids: list[str]
    clamps: tuple[int, ...] = (1000,)
    events: Mapping[int, list[Event]] = field(default_factory=dict)
    tells_count: bool = True
    sorts: bool = True
    heeds_offset: bool = True
    heeds_filter: bool = True
    refused: Mapping[str, str] = field(default_factory=dict)
    patience: int = 1_000_000
    told: Callable[[int, int], int] = lambda _, n: n
    spoil: Callable[[int, list[dict[str, Any]]], list[dict[str, Any]]] = lambda _, rows: rows
    asked: list[dict[str, str]] = field(default_factory=list)
    n_made: int = 0

    def get(
        self,
        path: str,
        params: Mapping[str, str],
        decode: Callable[[bytes], Any],
        *,
        no_retry: frozenset[int] = frozenset(),
    ) -> Answer[Any]:
        for kind, which in self.events.get(len(self.asked), []):
            self.happen(kind, which)
        self.asked.append(dict(params))
        for name, code in self.refused.items():
            if name in params:
                raise StatusError(f"{path} answers 400.", 400, {}, code.encode())
        limit, offset = int(params["limit"]), int(params["offset"]) if self.heeds_offset else 0
        if limit > self.patience:
            raise StatusError(f"{path} is in trouble (504).", 504, {}, b"")
        shown = (
            sorted(self.ids)
            if self.sorts and "sort" in params
            else self.ids[len(self.asked) % 3 :] + self.ids[: len(self.asked) % 3]
        )
        if self.heeds_filter and "filter" in params:
            shown = [] if "2100" in params["filter"] else [name for name in shown if name.startswith("new")]
        limit = min(limit, self.clamps[len(self.asked) % len(self.clamps)])
        rows = [self.row(name) for name in shown[offset : offset + limit]]
        headers = {"X-Total-Count": str(self.told(len(self.asked), len(shown)))} if self.tells_count else {}
        body = msgspec.json.encode({"academicSessions": self.spoil(len(self.asked), rows)})
        return Answer(decode(body), headers, NOW)

    @staticmethod
    def row(name: str) -> dict[str, Any]:
        return {"sourcedId": name, "title": name, "type": "term", "startDate": "2026-01-01", "endDate": "2026-06-01"}

    def happen(self, kind: str, which: int) -> None:
        if kind == "insert":
            self.n_made += 1
            self.ids.append(f"{which % 90:02} made {self.n_made}")
        elif self.ids:
            del self.ids[which % len(self.ids)]

    def where(self, path: str) -> str:
        return "sis.example" + path


def source(provider: Provider, page_size: int = 1000) -> OneRoster:
    config: Any = SimpleNamespace(name="sis", options={"page_size": page_size})
    made = OneRoster(cast(Any, None), config, Connection("sis", host="sis.example"), b"key")
    made._client = lambda stream: cast(Client, provider)  # type: ignore[method-assign]
    return made


def received(pull: Pull) -> list[str]:
    pages = list(pull)
    ids = [record.sourced_id for page in pages for record in cast(Any, page.records)]
    assert pull.n_told in (None, sum(page.n_received for page in pages))
    return ids


ids = st.lists(st.integers(0, 90).map("{:02}".format), max_size=14, unique=True)
clamps = st.lists(st.integers(1, 6), min_size=1, max_size=4).map(tuple)
writes = st.dictionaries(
    st.integers(0, 12),
    st.lists(st.tuples(st.sampled_from(["insert", "delete"]), st.integers(0, 90)), max_size=3),
    max_size=5,
)


@given(ids=ids, page_size=st.integers(2, 7), clamps=clamps, tells_count=st.booleans())
def test_a_quiet_collection_is_received_once_whatever_is_clamped(
    ids: list[str], page_size: int, clamps: tuple[int, ...], tells_count: bool
) -> None:
    pull = source(Provider(list(ids), clamps, tells_count=tells_count), page_size).pull(SESSIONS)
    assert received(pull) == sorted(ids)
    assert pull.n_told == (len(ids) if tells_count else None)
    assert pull.is_whole
    assert pull.cursor == {"since": NOW.isoformat()}


@settings(max_examples=200)
@given(ids=ids, page_size=st.integers(2, 7), clamp=st.integers(2, 6), events=writes, tells_count=st.booleans())
def test_records_there_throughout_are_received_or_the_pull_fails(
    ids: list[str], page_size: int, clamp: int, events: Mapping[int, list[Event]], tells_count: bool
) -> None:
    provider = Provider(list(ids), (clamp,), events, tells_count=tells_count)
    try:
        got = received(source(provider, page_size).pull(SESSIONS))
    except CompletenessError:
        return
    assert set(ids) & set(provider.ids) <= set(got)


def test_a_record_removed_before_the_boundary_does_not_push_another_out_of_sight() -> None:
    provider = Provider(["01", "02", "03", "04", "05"], (2,), {1: [("delete", 0)]})
    pull = source(provider).pull(SESSIONS)
    assert set(received(pull)) == {"01", "02", "03", "04", "05"}
    assert pull.n_told is None


def test_a_removal_and_an_addition_that_leave_the_count_alone_are_noticed() -> None:
    provider = Provider(["01", "02", "03", "04", "05"], (2,), {1: [("delete", 0), ("insert", 80)]})
    assert {"03", "04", "05"} <= set(received(source(provider).pull(SESSIONS)))


def test_a_count_that_shrinks_twice_is_told_with_both_numbers() -> None:
    provider = Provider(["01", "02", "03"], told=lambda request, n: n if request in (1, 3) else n - 1)
    with pytest.raises(CompletenessError, match="told 3 rows at the start and 2 later, after sending 3"):
        received(source(provider).pull(SESSIONS))


def test_a_count_that_shrinks_once_costs_a_second_beginning() -> None:
    provider = Provider(["01", "02", "03"], told=lambda request, n: n - 1 if request == 2 else n)
    pull = source(provider).pull(SESSIONS)
    assert received(pull) == ["01", "02", "03"] * 2
    assert pull.n_told is None


def test_a_record_left_out_of_a_page_is_told() -> None:
    provider = Provider(["01", "02", "03"], spoil=lambda request, rows: rows[:-1])
    with pytest.raises(CompletenessError, match="told 3 rows and sent 2"):
        received(source(provider).pull(SESSIONS))


def test_a_provider_that_ignores_the_offset_is_told() -> None:
    with pytest.raises(CompletenessError, match="ignores the offset"):
        received(source(Provider(["01", "02", "03"], (2,), heeds_offset=False)).pull(SESSIONS))


def test_a_page_sent_again_once_costs_a_second_beginning_and_no_record() -> None:
    seen: list[list[dict[str, Any]]] = []

    def repeat(request: int, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        seen.append(rows)
        return seen[0] if request == 2 else rows

    provider = Provider([f"{n:02}" for n in range(9)], (4,), spoil=repeat)
    assert set(received(source(provider).pull(SESSIONS))) == {f"{n:02}" for n in range(9)}


@pytest.mark.parametrize("broken", range(5))
def test_a_record_without_a_readable_id_is_set_aside_wherever_it_stands(broken: int) -> None:
    def spoil(_: int, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row | {"sourcedId": 7} if row["title"] == f"0{broken}" else row for row in rows]

    provider = Provider([f"0{n}" for n in range(5)], (3,), spoil=spoil)
    pull = source(provider).pull(SESSIONS)
    pages = list(pull)
    assert sorted(r.title for page in pages for r in cast(Any, page.records)) == [
        f"0{n}" for n in range(5) if n != broken
    ]
    assert sum(len(page.rejects) for page in pages) == 1
    assert pull.n_told == 5


def test_a_provider_whose_order_changes_is_told() -> None:
    provider = Provider([f"{n:02}" for n in range(9)], (4,), sorts=False)
    with pytest.raises(CompletenessError, match="moved a page boundary"):
        received(source(provider).pull(SESSIONS))


def test_what_changed_is_asked_for_a_day_before_the_last_pull() -> None:
    provider = Provider(["01", "new 02"])
    pull = source(provider).pull(SESSIONS, cursor={"since": "2026-01-05T08:00:00+00:00"})
    assert received(pull) == ["new 02"]
    assert provider.asked[-1]["filter"] == "dateLastModified>'2026-01-04T08:00:00.000Z'"
    assert not pull.is_whole


@pytest.mark.parametrize(
    "provider",
    [Provider(["01", "02"], heeds_filter=False), Provider(["01", "02"], refused={"filter": "invalid_filter_field"})],
)
def test_a_provider_without_filters_is_read_whole(provider: Provider) -> None:
    pull = source(provider).pull(SESSIONS, since=NOW)
    assert received(pull) == ["01", "02"]
    assert pull.is_whole


@pytest.mark.parametrize(
    "refused", [{"fields": "invalid_selection_field"}, {"sort": "invalid_sort_field"}, {"fields": "something"}]
)
def test_a_refused_parameter_is_left_out(refused: dict[str, str]) -> None:
    provider = Provider(["01", "02"], refused=refused)
    assert set(received(source(provider).pull(SESSIONS))) == {"01", "02"}


def test_a_refusal_that_leaving_out_does_not_mend_is_told() -> None:
    with pytest.raises(StatusError, match="answers 400"):
        received(source(Provider(["01"], refused={"limit": "?"})).pull(SESSIONS))


def test_pages_too_large_for_the_gateway_are_halved() -> None:
    provider = Provider([f"{n:02}" for n in range(9)], patience=300)
    assert len(received(source(provider, 1000).pull(SESSIONS))) == 9
    assert provider.asked[-1]["limit"] == "250"


def test_only_declared_fields_are_asked_for() -> None:
    asked: set[str] = set()
    for stream in STREAMS:
        provider = Provider([])
        with suppress(msgspec.DecodeError):  # the provider only knows sessions
            received(source(provider).pull(stream))
        asked |= set(provider.asked[0]["fields"].split(","))
    assert asked.isdisjoint(
        {"givenName", "familyName", "middleName", "username", "birthDate", "sex", "phone", "sms", "password", "grades"}
    )
    assert {"sourcedId", "roles", "primaryOrg", "school", "enabledUser"} <= asked
