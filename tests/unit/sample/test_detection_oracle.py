"""What the method is measured against: the oracle's scores and today's rules, by hand on districts small enough for it."""

import pytest
from benchmarks.detection_parts.oracle import MARGIN, NAIVE_RULES, Closed, naive_flags, tallies
from benchmarks.detection_parts.scoring import (
    Rates,
    Tally,
    Verdict,
    at_equal_fdr,
    benjamini_hochberg,
    calm_correlation,
    deviate,
    is_enough,
    rates,
    school_q,
    upper_tail,
)
from benchmarks.detection_parts.weekly import openings
from scipy import stats

from schoolward.sample.simulate import QUARTER, WEEK, Clock, Design, Exposure, Request, draw, exposures


def test_as_many_events_as_expected_are_an_even_chance_and_fewer_are_less() -> None:
    assert upper_tail(deviate(Tally(100, 100, 100))) == pytest.approx(0.5, abs=0.02)
    assert upper_tail(deviate(Tally(70, 100, 100))) < 0.003
    assert upper_tail(deviate(Tally(130, 100, 100))) > 0.99


@pytest.mark.parametrize(("observed", "expected"), [(8, 15.0), (40, 52.0), (90, 110.0)])
def test_p_is_that_of_the_gamma_distribution_it_stands_for(observed: int, expected: float) -> None:
    """Wilson and Hilferty's cube root: with follow-up complete, the expectation of n requests is a sum of n unit exponentials."""
    assert upper_tail(deviate(Tally(observed, expected, expected))) == pytest.approx(
        stats.gamma.sf(expected, observed), rel=0.02
    )


def test_events_that_weigh_a_third_count_as_a_third_of_the_information() -> None:
    thirds = Tally(observed=30, expected=40, variance=40 / 3)
    assert deviate(thirds) == deviate(Tally(10, 40 / 3, 40 / 3))


def test_clocks_are_correlated_over_the_schools_that_neither_of_them_makes_suspect() -> None:
    calm = {"a": [1.0, 1.0], "b": [1.0, -1.0], "c": [-1.0, 1.0], "d": [-1.0, -1.0]}
    assert calm_correlation(calm) == pytest.approx(0)
    assert calm_correlation({**calm, "slow": [9.0, 9.0], "one clock only": [0.3]}) == pytest.approx(0)
    assert calm_correlation({"a": [0.0, 0.1], "b": [1.0, -1.0]}) == 0
    assert calm_correlation({"a": [0.0, 0.1], "b": [1.0, 1.0]}) == calm_correlation({"alone": [0.0, 0.1]}) == 0.95


def test_two_clocks_that_agree_say_more_than_either() -> None:
    even, slow = Tally(40, 40, 40), Tally(25, 40, 40)
    others = {f"{n}": (Tally(40 + 5 * (n % 2), 40, 40), Tally(40 + 5 * (n // 2), 40, 40)) for n in range(4)}
    assert school_q({**others, "s": (slow, slow)})["s"] < school_q({**others, "s": (slow, Tally(0, 1, 1))})["s"]
    assert school_q({**others, "s": (slow, even)})["s"] > school_q({**others, "s": (slow, slow)})["s"]


def test_benjamini_and_hochberg_by_hand() -> None:
    q = benjamini_hochberg({"a": 0.01, "b": 0.03, "c": 0.02, "d": 0.8})
    assert q == pytest.approx({"a": 0.04, "c": 0.04, "b": 0.04, "d": 0.8})


def test_it_agrees_with_scipy_on_benjamini_and_hochberg() -> None:
    p_values = {str(number): (number * 37 % 101 + 1) / 103 for number in range(50)}
    expected = stats.false_discovery_control(list(p_values.values()), method="bh")
    assert [benjamini_hochberg(p_values)[school] for school in p_values] == pytest.approx(list(expected))


def test_a_school_of_which_too_little_is_expected_has_no_q_and_costs_the_others_nothing() -> None:
    little, enough = Tally(0, 3, 3), Tally(20, 40, 40)
    assert not is_enough(little)
    q = school_q({"little": (little, little), "enough": (enough, little)})
    assert set(q) == {"enough"}
    assert q["enough"] == school_q({"enough": (enough, little)})["enough"]


def test_rates_are_means_over_districts_and_sums_over_schools() -> None:
    flagged = [frozenset("ab"), frozenset[str](), frozenset("x")]
    planted = [frozenset("ac"), frozenset("y"), frozenset[str]()]
    assert rates(flagged, planted) == Rates(fdr=(1 / 2 + 0 + 1) / 3, recall=1 / 3)


def test_recall_without_anything_planted_is_unknown() -> None:
    assert rates([frozenset()], [frozenset()]) == Rates(fdr=0.0, recall=None)


def test_equal_false_discoveries_are_the_best_level_that_does_not_exceed_them() -> None:
    verdict = Verdict({"a": 0.01, "b": 0.02, "false": 0.03, "c": 0.04}, frozenset("abc"))
    assert at_equal_fdr([verdict], fdr=0.0) == Rates(0.0, 2 / 3)
    assert at_equal_fdr([verdict], fdr=0.24) == Rates(0.0, 2 / 3)
    assert at_equal_fdr([verdict], fdr=0.25) == Rates(0.25, 1.0)


def _exposure(number: int, *, kind: int = 0, opened: int = 0, is_event: bool = True, expected: float = 1.0) -> Exposure:
    request = Request(number, 0, kind, 0, opened, 10.0, 5.0, float("inf"), 0, float("inf"), 1.0, 1.0, False, False)
    return Exposure(request, Clock.RESOLUTION, 0, 10, is_event, expected, expected / 2)


def test_three_reports_of_one_type_and_day_weigh_as_much_as_one_alone() -> None:
    district = draw(Design(seed=1, n_schools=2, n_requests=1))
    seen = [
        *(_exposure(number, expected=0.6) for number in range(3)),
        _exposure(3, kind=1, expected=0.3),
        _exposure(4, opened=480, is_event=False, expected=2.0),
    ]
    full, typical = tallies(district, seen)
    resolution, response = full["1-s0000"]
    assert resolution.observed == pytest.approx(1 + 1 + 0)
    assert resolution.expected == pytest.approx(0.6 + 0.3 + 2.0)
    assert resolution.variance == pytest.approx(3 * 0.6 / 9 + 0.3 + 2.0)
    assert typical["1-s0000"][0].expected == pytest.approx((0.6 + 0.3 + 2.0) / 2)
    assert response == Tally(0.0, 0.0, 0.0)


def test_the_oracle_finds_a_school_at_half_the_hazard_and_no_other() -> None:
    design = Design(seed=5, n_schools=40, n_requests=300, planted_share=0.05, ratios=(0.5, 0.5), response_share=1.0)
    district = draw(design)
    seen = list(exposures(district, district.requests(), begins=0, as_of=QUARTER * WEEK))
    q = school_q(tallies(district, seen)[0])
    assert {school for school, value in q.items() if value <= 0.01} == {
        f"5-s{school:04d}" for school in district.underserved
    }


def _closed(school: str, *days: float, priority: int = 0) -> list[Closed]:
    return [Closed(school, priority, one) for one in days]


def test_the_mean_rule_flags_more_than_a_quarter_above_the_mean_of_all_closed_requests() -> None:
    closed = [*_closed("a", 1, 1, 1, 1), *_closed("b", 2, 2), *_closed("c", 1.6, 1.6)]
    assert sum(one.days for one in closed) / len(closed) * MARGIN == pytest.approx(1.75)
    assert naive_flags(closed)[NAIVE_RULES[0]] == {"b"}


def test_the_breach_rule_judges_each_request_by_the_promise_for_its_priority() -> None:
    """Of ten closed requests a priority, the ninth in order of days is what is promised; only the tenth breaks it."""
    closed = [
        *_closed("a", *range(1, 10), priority=0),
        *_closed("b", 99, priority=0),
        *_closed("c", *range(101, 111), priority=1),
    ]
    assert naive_flags(closed)[NAIVE_RULES[1]] == {"b"}


def test_the_top_tenth_is_a_tenth_whatever_the_truth() -> None:
    closed = [one for number in range(30) for one in _closed(f"s{number:02d}", 5 + number / 100)]
    assert naive_flags(closed)[NAIVE_RULES[2]] == {"s27", "s28", "s29"}


def test_a_flag_opens_where_it_was_down_the_look_before() -> None:
    assert openings([True, True, False, True]) == [0, 3]
    assert openings([False, False]) == []
