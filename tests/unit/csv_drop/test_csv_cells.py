"""Cells become what their column declares, or say what is wrong without repeating the value."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolward.sources.csv_cells import CellError, parsers

CHICAGO = ZoneInfo("America/Chicago")
PARSERS = parsers(CHICAGO, ["%m/%d/%Y", "%d.%m.%Y %H:%M"], ";")


@given(st.integers(-(10**15), 10**15))
def test_whole_numbers_survive_with_and_without_separators(number: int) -> None:
    assert PARSERS["bigint"](str(number)) == number
    assert PARSERS["bigint"](f"{number:,}") == number


@given(st.decimals(-(10**9), 10**9, places=2))
def test_amounts_survive(amount: object) -> None:
    assert PARSERS["double precision"](f"{amount:,}") == float(str(amount))


@given(st.datetimes(timezones=st.just(UTC)))
def test_instants_survive_whatever_zone_they_are_written_in(instant: datetime) -> None:
    assert PARSERS["timestamptz"](instant.isoformat()) == instant


@given(st.dates())
def test_days_survive_in_iso(day: date) -> None:
    assert PARSERS["date"](day.isoformat()) == day


def test_declared_formats_are_tried_after_iso() -> None:
    assert PARSERS["date"]("8/1/2025") == date(2025, 8, 1)
    assert PARSERS["timestamptz"]("01.08.2025 09:00") == datetime(2025, 8, 1, 14, tzinfo=UTC)


@pytest.mark.parametrize(("word", "truth"), [("Yes", True), ("X", True), ("1", True), ("FALSE", False), ("n", False)])
def test_words_for_yes_and_no(word: str, truth: bool) -> None:
    assert PARSERS["boolean"](word) is truth


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("bigint", "1.5"),
        ("bigint", "secret"),
        ("bigint", "1,2,3"),
        ("bigint", "²"),
        ("double precision", "1e5"),
        ("double precision", "nan"),
        ("boolean", "perhaps"),
        ("date", "31/12/2025"),
        ("timestamptz", "secret"),
    ],
)
def test_a_wrong_cell_is_refused_without_being_repeated(kind: str, text: str) -> None:
    with pytest.raises(CellError) as error:
        PARSERS[kind](text)
    assert text not in str(error.value)
