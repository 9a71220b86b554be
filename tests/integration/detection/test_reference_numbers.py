"""The reference district's numbers, to six significant digits. They lie outside the repository; without them this is skipped."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from by_the_book import Wait
from detection_method import Method

DIGITS = 1e-6
CLOCKS = {"resolution": ("resolution_minutes", "is_resolved"), "response": ("response_minutes", "is_answered")}
NAMES = {
    "o": "observed", "e": "expected", "v": "variance", "phi": "dispersion", "centre": "centre", "tau": "between_school_sd",
    "o_star": "effective_observed", "e_star": "effective_expected", "z": "z", "p": "p", "q": "q", "ratio_lo": "ratio_low",
    "ratio_hi": "ratio_high", "ratio_eb": "shrunken_ratio",
}  # fmt: skip


@pytest.fixture(scope="module")
def reference() -> Mapping[str, pd.DataFrame]:
    folders = [parent / "shared" / "reference" for parent in Path(__file__).resolve().parents]
    folder = next((one for one in folders if (one / "requests.csv.gz").exists()), None)
    if folder is None:
        pytest.skip("The reference numbers are not here: no shared/reference beside the repository.")
    read = {name: pd.read_csv(folder / name) for name in ("requests.csv.gz", "scores.csv", "flags.csv")}
    return {name.partition(".")[0]: table for name, table in read.items()}


def waits(requests: pd.DataFrame, *, is_weighted: bool) -> list[Wait]:
    return [
        Wait(
            clock, str(r.school), str(r.unit), f"{r.unit}/{r.type}", r.opened_week, r.stratum, 0, getattr(r, minutes),
            bool(getattr(r, event)), r.weight if is_weighted else 1.0,
        )
        for clock, (minutes, event) in CLOCKS.items()
        for r in requests.itertuples()
    ]  # fmt: skip


@pytest.fixture(scope="module")
def told(method: Method, reference: Mapping[str, pd.DataFrame]) -> Mapping[str, pd.DataFrame]:
    plain = method.compare(waits(reference["requests"], is_weighted=False))
    weighted = method.compare(waits(reference["requests"], is_weighted=True))
    return {"plain": plain, "weighted": weighted, "flags": method.build("detection_school_run")}


def beside(told: pd.DataFrame, expected: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    merged = told.assign(school=told.school_key.astype(int)).merge(expected, on=keys, suffixes=("", "_expected"))
    assert len(merged) == len(expected)
    return merged


@pytest.mark.parametrize("column", NAMES)
def test_a_score_agrees_to_six_digits(
    told: Mapping[str, pd.DataFrame], reference: Mapping[str, pd.DataFrame], column: str
) -> None:
    both = beside(
        told["weighted"], reference["scores"].rename(columns={c: f"{c}_told" for c in NAMES}), ["clock", "school"]
    )
    np.testing.assert_allclose(both[NAMES[column]].astype(float), both[f"{column}_told"], rtol=DIGITS)


@pytest.mark.parametrize("column", ["o", "e", "v"])
def test_without_weights_it_is_the_classical_test(
    told: Mapping[str, pd.DataFrame], reference: Mapping[str, pd.DataFrame], column: str
) -> None:
    both = beside(told["plain"], reference["scores"][["clock", "school", f"plain_{column}"]], ["clock", "school"])
    np.testing.assert_allclose(both[NAMES[column]].astype(float), both[f"plain_{column}"], rtol=DIGITS)


def test_simes_over_the_clocks_agrees(told: Mapping[str, pd.DataFrame], reference: Mapping[str, pd.DataFrame]) -> None:
    both = beside(told["flags"], reference["flags"], ["school"])
    np.testing.assert_allclose(both.simes_p.astype(float), both.p_expected, rtol=DIGITS)
    np.testing.assert_allclose(both.simes_q.astype(float), both.q_expected, rtol=DIGITS)
    assert (both.is_testable == (both.is_testable_expected == 1)).all()


def test_requests_fall_into_the_same_strata(method: Method, reference: Mapping[str, pd.DataFrame]) -> None:
    requests = reference["requests"]
    week = pd.Timestamp("2026-01-26") + pd.to_timedelta(7 * (requests.opened_week // 4 * 4), unit="D")
    columns = (
        "request_key int, run_id text, school_key text, unit_id text, request_type text, priority int, opened_band date"
    )
    method.hold(
        "int_detection__request",
        columns,
        [
            (r.request, "r", str(r.school), str(r.unit), f"{r.unit}/{r.type}", r.priority, band.date())
            for r, band in zip(requests.itertuples(), week, strict=True)
        ],
    )
    method.build("int_detection__stratum")
    keys = "run_id, unit_id, request_type, priority, opened_band"
    placed = method.read(
        f"select request_key, stratum_no from indicators.int_detection__request join indicators.int_detection__stratum using ({keys})"
    )
    both = placed.merge(requests, left_on="request_key", right_on="request")
    pairs = both[["stratum_no", "stratum"]].drop_duplicates()
    assert len(both) == len(requests)
    assert len(pairs) == both.stratum.nunique() == both.stratum_no.nunique()
