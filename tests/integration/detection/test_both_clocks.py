"""Both clocks as one question: the SQL agrees with the formulas worked out plainly, also where one of them says nothing."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from by_the_book import joint
from detection_method import RUN, Method
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

COLUMNS = (
    "run_id text, week_start_on date, window_name text, clock text, school_key text, z double precision, p double precision,"
    " z_by_size double precision, effective_expected double precision, e_value double precision, is_testable boolean"
)
Score = tuple[str, str, float | None, bool]
"""Clock, school, z (None where there is nobody to compare with), and whether enough is known."""


def both(method: Method, scores: Sequence[Score]) -> pd.DataFrame:
    """What detection_school_run says by school, beside what it should (``_book``)."""
    rows = [
        (RUN, "2026-04-20", "year", clock, school, z, None if z is None else float(stats.norm.sf(z)), z, 5.0 if known else 1.0, 1.0, known)
        for clock, school, z, known in scores
    ]  # fmt: skip
    method.hold("detection_score", COLUMNS, rows)
    told = method.read("select * from indicators.detection_score")
    made = method.build("detection_school_run").set_index("school_key")
    assert len(made) == len({school for _clock, school, _z, _known in scores})
    return made.join(joint(told), rsuffix="_book").sort_index()


def agree(found: pd.DataFrame) -> None:
    for column in ("correlation", "least_p", "z", "p", "q", "simes_p", "simes_q"):
        np.testing.assert_allclose(
            found[column].astype(float), found[f"{column}_book"].astype(float), rtol=1e-6, atol=1e-12, err_msg=column
        )


@st.composite
def score_tables(draw: st.DrawFn) -> list[Score]:
    """One to forty schools with clocks that go together more or less; some are missing, unknown, or of too little."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_schools = draw(st.integers(1, 40))
    rho, level = draw(st.sampled_from([-0.5, 0.0, 0.4, 0.999])), draw(st.sampled_from([0.0, 4.0]))
    gaps = draw(st.sampled_from([0.0, 0.3]))
    scores: list[Score] = []
    for school in range(n_schools):
        first, second = rng.standard_normal(2)
        deviates = (first + level, rho * first + (1 - rho**2) ** 0.5 * second + level)
        for clock, z in zip(("resolution", "response"), deviates, strict=True):
            fate = rng.random()
            if fate >= gaps / 3:
                scores.append((clock, f"s{school:02d}", None if fate < gaps * 2 / 3 else z, fate >= gaps))
    return scores or [("resolution", "s00", 1.0, True)]


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scores=score_tables())
def test_it_agrees_with_the_formulas_worked_out_plainly(method: Method, scores: list[Score]) -> None:
    agree(both(method, scores))


def test_two_clocks_that_agree_say_more_than_one(method: Method) -> None:
    """Four calm schools whose clocks have nothing to do with each other, and one at 3 on both: 6 / sqrt(2)."""
    calm = [(0.5, 0.5), (0.5, -0.5), (-0.5, 0.5), (-0.5, -0.5)]
    scores: list[Score] = []
    for school, deviates in enumerate([*calm, (3.0, 3.0)]):
        scores += [
            (clock, f"s{school}", z, True) for clock, z in zip(("resolution", "response"), deviates, strict=True)
        ]
    found = both(method, scores)
    assert found.correlation.tolist() == pytest.approx([0.0] * 5)
    assert found.z["s4"] == pytest.approx(6 / 2**0.5)
    assert found.p["s4"] < found.simes_p["s4"] == pytest.approx(stats.norm.sf(3))
    agree(found)


@pytest.mark.parametrize("known", [None, False], ids=["missing", "of too little"])
def test_where_one_clock_says_nothing_the_other_speaks_alone(method: Method, known: bool | None) -> None:
    scores: list[Score] = [("resolution", f"s{n}", z, True) for n, z in enumerate((2.5, 0.1, -0.4, 0.7))]
    if known is not None:
        scores += [("response", f"s{n}", 9.0, known) for n in range(4)]
    found = both(method, scores)
    assert found.z.astype(float).tolist() == pytest.approx([2.5, 0.1, -0.4, 0.7])
    assert found.response_z.isna().all()
    agree(found)


@pytest.mark.parametrize(
    "deviates",
    [[(1.0, 2.0)], [(5.0, 6.0), (7.0, 5.5), (6.0, 6.0)], [(0.3, 0.1)] * 4, [(0.3, 0.1), (0.3, 0.9), (0.3, -0.2)]],
    ids=["one school only", "all suspect", "all alike", "one clock all alike"],
)
def test_a_correlation_nobody_knows_is_taken_for_the_highest(
    method: Method, deviates: list[tuple[float, float]]
) -> None:
    scores: list[Score] = []
    for school, pair in enumerate(deviates):
        scores += [(clock, f"s{school}", z, True) for clock, z in zip(("resolution", "response"), pair, strict=True)]
    found = both(method, scores)
    assert (found.correlation == 0.95).all()
    agree(found)


def test_a_school_of_which_too_little_is_known_has_no_q_and_costs_the_others_nothing(method: Method) -> None:
    known: list[Score] = [("resolution", "a", 3.0, True), ("resolution", "b", 0.5, True)]
    found = both(method, [*known, ("resolution", "c", 9.0, False), ("resolution", "d", None, False)])
    assert found.loc[["c", "d"], ["p", "q", "simes_q"]].isna().all(axis=None)
    assert found.q["a"] == pytest.approx(2 * stats.norm.sf(3))
    agree(found)
