"""docs/indicators.md tells of every indicator what it is, when it calls for attention, where it comes from, and an example."""

import re

import pytest

from schoolward.indicator_docs import catalogue, docs_path, examples, hops, models_by_indicator, page

INDICATORS = [row["indicator_id"] for row in catalogue()]
N_PER_DIMENSION = {"D1": 12, "D2": 12, "D3": 23, "D4": 8, "D5": 7, "R1": 3, "R2": 3, "R3": 3, "R4": 4}


def test_the_page_is_in_step_with_the_models() -> None:
    assert docs_path().read_text(encoding="utf-8") == page(), "Renew it with `python -m schoolward.indicator_docs`."


def test_the_catalogue_holds_every_indicator_of_the_study_once() -> None:
    expected = [f"{group}.{n}" for group, count in N_PER_DIMENSION.items() for n in range(1, count + 1)]
    assert sorted(INDICATORS) == sorted(expected)


@pytest.mark.parametrize("indicator", INDICATORS)
def test_an_indicator_is_measured_explained_and_traceable(indicator: str) -> None:
    model = models_by_indicator()[indicator]
    assert hops(model)[-1][0].startswith(("raw_", "ops.", "alerts.")), f"{model} leads to no raw rows"
    worked = examples()[indicator]
    assert all(example.description and example.expected for example in worked)


@pytest.mark.parametrize("row", catalogue(), ids=lambda row: str(row["indicator_id"]))
def test_a_row_of_the_catalogue_is_filled_in_and_in_plain_words(row: dict[str, str]) -> None:
    for column in ("name", "definition", "formula", "grain", "period_type", "direction", "threshold_source"):
        assert row[column].strip(), column
        assert not re.search(r"[≥≤÷×→]|\[", row[column]), f"{column}: {row[column]}"


@pytest.mark.parametrize("row", catalogue(), ids=lambda row: str(row["indicator_id"]))
def test_limits_lie_on_the_side_the_direction_says(row: dict[str, str]) -> None:
    watch, act = (float(row[name]) if row[name] else None for name in ("watch", "act"))
    low_watch, low_act = (float(row[name]) if row[name] else None for name in ("watch_low", "act_low"))
    if watch is not None and act is not None:
        assert act <= watch if row["direction"] == "higher" else act >= watch
    if low_watch is not None and low_act is not None:
        assert low_act <= low_watch
    if row["direction"] == "context":
        assert (watch, act) == (None, None)
