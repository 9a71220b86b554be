"""On small random districts the SQL agrees with lifelines, statsmodels, scipy and the formulas worked out plainly."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from by_the_book import Wait, frame, joint, observed_expected, scores
from detection_method import RUN, Method
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lifelines import NelsonAalenFitter
from scipy import stats
from statsmodels.duration.survfunc import survdiff

DIGITS = {"rtol": 1e-6, "atol": 1e-9}
few = settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
COMPARED = (
    "observed", "expected", "variance", "dispersion", "cluster_variance", "dispersion_by_size", "centre_by_size", "between_school_sd_by_size", "centre", "between_school_sd",
    "effective_observed", "effective_expected", "z", "p", "z_by_size", "q", "ratio_low", "ratio_high", "shrunken_ratio", "e_value",
)  # fmt: skip


@st.composite
def districts(draw: st.DrawFn, *, is_weighted: bool = True, has_late_entry: bool = True) -> list[Wait]:
    """Two to seven schools: many ties, late entries, weights, schools alone in a stratum, clocks on which nothing happens."""
    n_schools = draw(st.integers(2, 7))
    last_minute = draw(st.sampled_from([4, 30, 5000]))
    chance_of_event = draw(st.sampled_from([0.0, 0.5, 0.9, 1.0]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    waits = []
    for _ in range(draw(st.integers(2, 90))):
        school = int(rng.integers(n_schools))
        unit = int(rng.integers(2))
        stratum = 100 + school if rng.random() < 0.15 else unit  # a stratum of its own, or one for all
        entry = int(rng.integers(1, last_minute)) if has_late_entry and rng.random() < 0.3 else 0
        weight = 1 / int(rng.integers(1, 5)) if is_weighted else 1.0
        pace = 1 + school % 3
        for clock in ("resolution", "response"):
            end = entry + 1 + int(min(rng.exponential(last_minute / pace), 10 * last_minute))
            is_event = bool(rng.random() < chance_of_event)
            waits.append(
                Wait(
                    clock, f"s{school}", f"u{unit}", f"k{unit}{stratum > 1}", int(rng.integers(4)), stratum, entry, end,
                    is_event, weight,
                )
            )  # fmt: skip
    return waits


def beside(told: pd.DataFrame, expected: pd.DataFrame) -> pd.DataFrame:
    both = told.merge(expected, left_on=["clock", "school_key"], right_on=["clock", "school"], suffixes=("", "_book"))
    assert len(both) == len(told) == len(expected)
    return both


@few
@given(waits=districts())
def test_every_number_agrees_with_the_formulas_worked_out_plainly(method: Method, waits: list[Wait]) -> None:
    both = beside(method.compare(waits), scores(observed_expected(frame(waits))))
    for column in COMPARED:
        np.testing.assert_allclose(
            both[column].astype(float), both[f"{column}_book"].astype(float), err_msg=column, **DIGITS
        )


@few
@given(waits=districts())
def test_expected_is_the_hazard_lifelines_estimates(method: Method, waits: list[Wait]) -> None:
    told = method.compare(waits)
    table = frame(waits)
    table["expected"] = 0.0
    for _stratum, group in table.groupby(["clock", "stratum"]):
        # Who enters at a minute is at risk after it; lifelines counts them at it, so they enter half a minute later there.
        entry = np.where(group.entry > 0, group.entry + 0.5, 0)
        fitter = NelsonAalenFitter(nelson_aalen_smoothing=False)
        with warnings.catch_warnings():  # lifelines doubts its own intervals, which nobody reads here
            warnings.simplefilter("ignore")
            fitter.fit(group.exit, group.is_event, entry=entry, weights=group.weight)
        hazard = fitter.cumulative_hazard_.iloc[:, 0]
        gone_through = hazard.asof(group.exit).to_numpy() - np.where(entry > 0, hazard.asof(entry + 0.1).to_numpy(), 0)
        table.loc[group.index, "expected"] = group.weight.to_numpy() * gone_through
    expected = table.groupby(["clock", "school"]).expected.sum()
    for row in told.itertuples():
        assert row.expected == pytest.approx(expected[row.clock, row.school_key], rel=1e-6, abs=1e-9)


@few
@given(waits=districts(is_weighted=False, has_late_entry=False))
def test_a_school_against_the_others_is_the_stratified_log_rank_test_of_statsmodels(
    method: Method, waits: list[Wait]
) -> None:
    told = method.compare(waits)
    table = frame(waits)
    for row in told[told.variance > 1e-6].itertuples():
        clock = table[table.clock == row.clock].assign(own=lambda t, school=row.school_key: (t.school == school) * 1)
        # A stratum in which nothing happens, or of one side only, adds nothing; statsmodels wants both sides in each.
        sided = clock.groupby("stratum").filter(lambda g: g.is_event.any() and g.own.nunique() == 2)
        chi2, _p = survdiff(sided.exit, sided.is_event * 1, sided.own, strata=sided.stratum)
        assert (row.observed - row.expected) ** 2 / row.variance == pytest.approx(chi2, rel=1e-6, abs=1e-9)


@few
@given(waits=districts(is_weighted=False))
def test_with_late_entry_it_is_the_log_rank_test_of_statsmodels(method: Method, waits: list[Wait]) -> None:
    one_stratum = [replace(wait, stratum=0) for wait in waits]  # statsmodels takes strata or entries, not both
    told = method.compare(one_stratum)
    table = frame(one_stratum)
    for row in told[told.variance > 1e-6].itertuples():
        clock = table[table.clock == row.clock]
        # Who enters at a minute is at risk after it.
        entry = np.where(clock.entry > 0, clock.entry + 0.5, 0)
        own = (clock.school == row.school_key) * 1
        chi2, _p = survdiff(clock.exit, clock.is_event * 1, own, entry=entry)
        assert (row.observed - row.expected) ** 2 / row.variance == pytest.approx(chi2, rel=1e-6, abs=1e-9)


@few
@given(waits=districts())
def test_probabilities_of_one_clock_and_of_both_are_those_of_scipy(method: Method, waits: list[Wait]) -> None:
    told = method.compare(waits)
    np.testing.assert_allclose(told.p.astype(float), stats.norm.sf(told.z.astype(float)), **DIGITS)
    made = method.build("detection_school_run").set_index("school_key")
    both = made.join(joint(told), rsuffix="_book")
    for column in ("z", "p", "q", "simes_p", "simes_q"):
        np.testing.assert_allclose(
            both[column].astype(float), both[f"{column}_book"].astype(float), err_msg=column, **DIGITS
        )


@few
@given(waits=districts())
def test_contributions_of_units_and_types_add_up_to_the_difference(method: Method, waits: list[Wait]) -> None:
    told = method.compare(waits).set_index(["clock", "school_key"])
    method.hold(
        "int_detection__request",
        "run_id text, school_key text, unit_id text, request_type text, is_open boolean, opened_on date",
        [(RUN, w.school, w.unit, w.kind, not w.is_event, "2026-02-02") for w in waits if w.clock == "resolution"],
    )
    parts = method.build("detection_contribution").groupby(["clock", "school_key"]).difference.sum()
    for key, row in told.iterrows():
        assert parts[key] == pytest.approx(row.observed - row.expected, rel=1e-9, abs=1e-9)


def test_a_school_alone_in_its_strata_is_compared_with_nobody(method: Method) -> None:
    alone = [Wait("resolution", "alone", "u", "k", 0, 1, 0, minute, True, 1.0) for minute in (3, 5, 9)]
    others = [Wait("resolution", f"s{n % 2}", "u", "k", 0, 2, 0, 4 + n, True, 1.0) for n in range(12)]
    told = method.compare([*alone, *others]).set_index("school_key")
    assert told.loc["alone", "expected"] == pytest.approx(3)
    assert told.loc["alone", ["z", "p", "q", "shrunken_ratio"]].isna().all()
    assert not told.loc["alone", "is_testable"]
    assert told.loc[["s0", "s1"], "p"].notna().all()
