"""Queries answered from indexes give exactly what testing every row gives, wherever the clock stands."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from schoolward.sample.replay.encoded_query import Query, parse
from schoolward.sample.replay.selection import select
from schoolward.sample.replay.table import Table
from schoolward.sample.replay.timeline import timeline_of

FIELDS = ("sys_id", "sys_updated_on", "state")
STAMPS = [f"2026-01-01 00:00:0{n}" for n in range(6)]
KEYS = ["a", "b", "c", "d", "e"]

versions = st.lists(
    st.tuples(st.sampled_from(STAMPS), st.sampled_from(KEYS), st.sampled_from("123")), min_size=1, max_size=25
).map(lambda rows: sorted(rows, key=lambda row: row[0]))
stamp = st.sampled_from(STAMPS)
base = st.sampled_from(["", "state=1^", "stateIN1,2^", "state=1^ORstate=3^"])
bound = st.builds("{}{}{}".format, st.just("sys_updated_on"), st.sampled_from([">", ">=", "<", "<=", "="]), stamp)
keyset = st.builds(
    "{0}sys_updated_on>={1}^sys_updated_on>{2}^NQ{0}sys_updated_on>={1}^sys_updated_on={2}^sys_id>{3}".format,
    base, stamp, stamp, st.sampled_from(KEYS),
)  # fmt: skip
plain = st.builds("{}{}^{}".format, base, bound, bound)
by_key = st.builds("{}sys_id>{}".format, base, st.sampled_from(KEYS))
order = st.sampled_from(
    ["", "^ORDERBYsys_updated_on^ORDERBYsys_id", "^ORDERBYsys_id", "^ORDERBYDESCsys_updated_on^ORDERBYsys_id"]
)


def rows_at(history: list[tuple[str, str, str]], at: str) -> list[dict[str, str]]:
    shown = {key: {"sys_id": key, "sys_updated_on": on, "state": state} for on, key, state in history if on <= at}
    return list(shown.values())


def in_order(rows: list[dict[str, str]], query: Query) -> list[dict[str, str]]:
    for field, is_downwards in reversed(query.order):
        rows = sorted(rows, key=lambda row: row[field], reverse=is_downwards)
    return rows


@given(versions, st.one_of(keyset, plain, by_key), order, st.lists(st.sampled_from(STAMPS), min_size=1, max_size=4))
@settings(max_examples=400, deadline=None)
def test_an_indexed_answer_equals_a_test_of_every_row_at_every_clock(
    history: list[tuple[str, str, str]], conditions: str, ordering: str, clocks: list[str]
) -> None:
    table = Table(
        timeline_of(((on, {"sys_id": k, "sys_updated_on": on, "state": s}) for on, k, s in history), "sys_id")
    )
    query = parse(conditions + ordering, FIELDS.__contains__)

    def read(version: int, fields: tuple[str, ...]) -> Mapping[str, Any]:
        return table.timeline.record(version)

    for clock in clocks:
        table.move_to(clock.replace(" ", "T") + "Z")
        selection = select(table, query, read)
        got = [table.timeline.record(v) for v in selection.versions(0, 1000)]
        expected = in_order([row for row in rows_at(history, clock) if query.test(row)], query)
        assert selection.count == len(expected)
        if query.order:
            assert got == expected
            assert [table.timeline.record(v) for v in selection.versions(1, 2)] == expected[1:3]
        else:
            assert sorted(got, key=str) == sorted(expected, key=str)
