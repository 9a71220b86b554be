"""Records become COPY text that PostgreSQL reads back as the same values."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from schoolward.ingest.copy_text import NULL, RowEncoder
from schoolward.sources.base import Record, Stream


class Row(Record, frozen=True):
    key: str
    text: str | None = None
    number: int | None = None
    share: float | None = None
    is_open: bool | None = None
    on: date | None = None
    at: datetime | None = None
    tags: list[str] | None = None


STREAM = Stream("servicenow", "row", Row, ("key",), "Rows.")
PAIR = Stream("servicenow", "pair", Row, ("key", "text"), "Rows with a key of two parts.")
_MEANS = {"\\\\": "\\", "\\t": "\t", "\\n": "\n", "\\r": "\r"}


def unescaped(cell: str) -> str | None:
    """A cell as PostgreSQL's COPY reads it."""
    if cell == NULL:
        return None
    out, i = "", 0
    while i < len(cell):
        pair = cell[i : i + 2]
        out += _MEANS.get(pair, pair[:1])
        i += 2 if pair in _MEANS else 1
    return out


def cells(*records: Row, stream: Stream = STREAM) -> list[list[str]]:
    return [line.split("\t") for line in RowEncoder(stream).encode(records).lines]


def fingerprints(*records: Row) -> list[str]:
    return [row[-1] for row in cells(*records)]


storable = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


@given(st.lists(st.one_of(st.none(), storable), min_size=1, max_size=8))
def test_text_survives_in_one_cell_of_one_line(texts: list[str | None]) -> None:
    found = cells(*(Row(key="k", text=text) for text in texts))
    assert [len(row) for row in found] == [9] * len(texts)
    assert [unescaped(row[1]) for row in found] == texts


@given(st.lists(st.one_of(st.none(), st.lists(storable, max_size=4)), min_size=1, max_size=5))
def test_lists_survive_as_array_literals(lists: list[list[str] | None]) -> None:
    def array(literal: str | None) -> list[str] | None:
        if literal is None:
            return None
        out, i, element = [], 1, ""
        while i < len(literal) - 1:
            if literal[i] == '"':
                element, i = "", i + 1
                while literal[i] != '"':
                    i += literal[i] == "\\"
                    element, i = element + literal[i], i + 1
                out.append(element)
            i += 1
        return out

    assert [array(unescaped(row[7])) for row in cells(*(Row(key="k", tags=tags) for tags in lists))] == lists


zones = st.sampled_from([UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=5, minutes=30)), None])
instants = st.builds(
    lambda at, zone: at.replace(tzinfo=zone),
    st.datetimes(datetime(1, 1, 3), datetime(9999, 12, 29)),  # noqa: DTZ001 - the zone comes with the other draw
    zones,
)


@given(st.lists(st.one_of(st.none(), instants), min_size=1, max_size=6))
def test_instants_are_written_in_utc_whatever_their_zone(stamps: list[datetime | None]) -> None:
    found = [unescaped(row[6]) for row in cells(*(Row(key="k", at=at) for at in stamps))]
    expected = [at and (at if at.tzinfo else at.replace(tzinfo=UTC)) for at in stamps]
    assert [text and datetime.fromisoformat(text) for text in found] == expected
    assert all(text is None or text.endswith("Z") for text in found)


@given(
    st.lists(
        st.tuples(st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)), st.one_of(st.none(), st.floats())), min_size=1
    )
)
def test_numbers_survive(pairs: list[tuple[int | None, float | None]]) -> None:
    found = cells(*(Row(key="k", number=number, share=share) for number, share in pairs))
    assert [row[2] for row in found] == [NULL if n is None else str(n) for n, _ in pairs]
    assert [row[3] for row in found] == [NULL if s is None else repr(s) for _, s in pairs]


@given(st.text(max_size=20))
def test_equal_content_has_one_fingerprint_and_other_content_another(text: str) -> None:
    clean = text.encode("utf-8", "ignore").decode()
    one, same, other = fingerprints(Row(key="k", text=clean), Row(key="k", text=clean), Row(key="k", text=clean + "x"))
    assert one == same != other


def test_a_fingerprint_does_not_depend_on_the_page_it_came_in() -> None:
    at = datetime(2025, 8, 11, tzinfo=UTC)
    alone = fingerprints(Row(key="a", text="t", at=at))
    odd = Row(key="b", text="\\", at=at.astimezone(timezone(timedelta(hours=3))))
    assert fingerprints(odd, Row(key="a", text="t", at=at))[1:] == alone


def test_null_and_empty_text_differ() -> None:
    assert len(set(fingerprints(Row(key="k", text=None), Row(key="k", text="")))) == 2


def test_a_nul_character_is_left_out_because_postgres_cannot_hold_it() -> None:
    assert cells(Row(key="k", text="a\0b"))[0][1] == "ab"


def test_keys_come_in_the_order_of_the_lines() -> None:
    rows = [Row(key="a", text="1"), Row(key="b", text="2")]
    assert list(RowEncoder(STREAM).encode(rows).keys) == ["a", "b"]
    assert list(RowEncoder(PAIR).encode(rows).keys) == [("a", "1"), ("b", "2")]


def test_rows_postgres_could_not_hold_are_rejected_with_their_declared_fields() -> None:
    rows = [Row(key="a"), Row(key="b", number=2**63, on=date(2025, 8, 11)), Row(key=""), Row(key="c")]
    encoded = RowEncoder(STREAM).encode(rows)
    assert list(encoded.keys) == ["a", "c"]
    assert [(r.key, r.reason) for r in encoded.rejects] == [
        ("b", "number does not fit 64 bits"),
        ("", "key, part of the key, is empty"),
    ]
    fields: Any = encoded.rejects[0].fields
    assert (fields["number"], fields["on"]) == (2**63, "2025-08-11")


def test_a_part_of_a_key_may_not_be_null() -> None:
    [reject] = RowEncoder(PAIR).encode([Row(key="a")]).rejects
    assert reject.reason == "text, part of the key, is empty"


def test_no_records_are_no_lines() -> None:
    assert RowEncoder(STREAM).encode([]).lines == ()
