"""Each difficulty the simulator names is really in its data, and large enough to mislead."""

from collections import Counter, defaultdict
from itertools import pairwise
from math import ceil
from statistics import fmean, median

import pytest

from schoolward.sample.simulate import QUARTER, WEEK, Clock, Design, District, Request, draw, exposures
from schoolward.sample.simulate.schools import Mix

AS_OF = QUARTER * WEEK


@pytest.fixture(scope="module")
def district() -> District:
    return draw(Design(seed=21, n_schools=120, n_requests=300))


@pytest.fixture(scope="module")
def requests(district: District) -> list[Request]:
    return list(district.requests())


@pytest.fixture(scope="module")
def mean_minutes(district: District, requests: list[Request]) -> dict[int, float]:
    """Of each school's requests resolved in the quarter."""
    closed = defaultdict(list)
    for one in exposures(district, requests, begins=0, as_of=AS_OF, with_expected=False):
        if one.clock is Clock.RESOLUTION and one.is_event:
            closed[one.request.school].append(one.exit)
    return {school: fmean(minutes) for school, minutes in closed.items()}


def test_schools_differ_in_size_at_least_tenfold(requests: list[Request]) -> None:
    sizes = Counter(one.school for one in requests if one.opened >= 0).values()
    assert len(sizes) == 120
    assert max(sizes) > 10 * min(sizes)


def test_a_hard_case_mix_looks_slow_where_nothing_is_planted(
    district: District, mean_minutes: dict[int, float]
) -> None:
    of_mix = {
        mix: median(
            mean_minutes[one.number] for one in district.schools if one.mix is mix and one.resolution_ratio == 1
        )
        for mix in Mix
    }
    assert of_mix[Mix.HARD] > 1.25 * of_mix[Mix.USUAL] > 1.25 * of_mix[Mix.EASY]


def test_an_easy_case_mix_hides_planted_schools(district: District, mean_minutes: dict[int, float]) -> None:
    """With enough schools some planted ones have an easy mix; their means are below the district's."""
    many = draw(Design(seed=22, n_schools=400, n_requests=60))
    hidden = [one for one in many.schools if one.mix is Mix.EASY and one.resolution_ratio < 1]
    assert hidden
    closed = defaultdict(list)
    for one in exposures(many, many.requests(), begins=0, as_of=AS_OF, with_expected=False):
        if one.clock is Clock.RESOLUTION and one.is_event:
            closed[one.request.school].append(one.exit)
    district_mean = fmean(minutes for of_school in closed.values() for minutes in of_school)
    assert sum(fmean(closed[one.number]) < district_mean for one in hidden) > len(hidden) / 2


def test_types_have_speeds_of_their_own(district: District) -> None:
    typical = [one.resolution[1].minutes(1.0) for one in district.types]
    assert max(typical) > 8 * min(typical)
    assert len({type(speed) for one in district.types for speed in one.resolution}) == 2


def test_a_backlog_wave_slows_a_unit_to_seven_tenths_within_a_quarter_for_everyone(district: District) -> None:
    drops = [
        min(pace.of_week(week) for week in range(QUARTER)) / max(pace.of_week(week) for week in range(QUARTER))
        for pace in district.paces
    ]
    assert sum(drop < 0.75 for drop in drops) >= 3


def test_pace_and_demand_have_seasons(district: District) -> None:
    year = draw(Design(seed=23, n_schools=60, n_requests=300, n_weeks=52))
    by_week = Counter(one.opened // WEEK for one in year.requests() if one.opened >= 0)
    assert fmean(by_week[week] for week in range(4)) > 1.5 * fmean(by_week[week] for week in (15, 16, 17, 18))
    for pace in district.paces:
        quiet = [pace.of_week(week) for week in range(-52, 0) if pace.of_week(week) > 0.79]
        assert max(quiet) - min(quiet) > 0.02


def test_an_outage_brings_many_reports_of_one_type_from_many_schools_on_one_day(requests: list[Request]) -> None:
    of_day = defaultdict(list)
    for one in requests:
        if one.is_outage:
            of_day[one.type, one.opened // 480].append(one.school)
    largest = max(of_day.values(), key=len)
    assert len(set(largest)) >= 36
    assert len(largest) > 1.5 * len(set(largest))


def test_reports_of_one_trouble_mostly_end_together(requests: list[Request]) -> None:
    """Of neighbours in a school, type and day, far more end within an hour of each other than of neighbouring days."""

    def share_ending_together(days_apart: int) -> float:
        ends = defaultdict(list)
        for one in requests:
            if one.opened >= 0 and not one.waiting:
                ends[one.school, one.type, one.opened // 480].append(one.moment(one.resolution))
        near = [
            abs(this - that) < 60
            for (school, kind, day), first in ends.items()
            for this, that in (
                pairwise(first) if days_apart == 0 else zip(first, ends.get((school, kind, day + days_apart), ()), strict=False)
            )
        ]  # fmt: skip
        return fmean(near)

    assert share_ending_together(0) > 2 * share_ending_together(1)


def test_some_requests_open_at_the_end_are_more_than_half_a_year_old(
    district: District, requests: list[Request]
) -> None:
    still_open = [
        one
        for one in exposures(district, requests, begins=0, as_of=AS_OF, with_expected=False)
        if one.clock is Clock.RESOLUTION and not one.is_event and one.request.withdrawn > AS_OF - one.request.opened
    ]
    ancient = [one for one in still_open if AS_OF - one.request.opened > 26 * WEEK]
    assert len(ancient) > 50
    assert all(one.entry > 0 for one in ancient)
    assert len({one.request.school for one in ancient}) > 30


def test_some_requests_wait_for_the_requester_and_some_schools_let_them_wait_more_often(
    district: District, requests: list[Request]
) -> None:
    new = [one for one in requests if one.opened >= 0]
    assert 0.05 < fmean(one.waiting > 0 for one in new) < 0.25
    slow = {one.number for one in district.schools if one.wait_share > 0.3}
    assert fmean(one.waiting > 0 for one in new if one.school in slow) > 1.8 * fmean(
        one.waiting > 0 for one in new if one.school not in slow
    )


def test_some_requests_are_withdrawn_and_censored_then(district: District, requests: list[Request]) -> None:
    withdrawn = {
        (one.school, one.number): one
        for one in requests
        if one.withdrawn < ceil(one.moment(one.resolution)) - one.opened
    }
    assert len(withdrawn) > 300
    seen = [
        one
        for one in exposures(district, requests, begins=0, as_of=AS_OF, with_expected=False)
        if one.clock is Clock.RESOLUTION and (one.request.school, one.request.number) in withdrawn
    ]
    assert seen
    assert not any(one.is_event for one in seen)
    assert all(one.exit <= one.request.withdrawn for one in seen)


def test_fewer_promises_are_kept_where_a_contact_ratio_is_planted_and_visits_do_not_show_it(district: District) -> None:
    low = {truth.school for truth in district.truth if truth.kind == "contacts"}
    promises = list(district.promises())
    exposed = [one for one in promises if one.is_exposed]
    assert fmean(one.was_kept for one in exposed if one.school in low) < 0.7
    assert fmean(one.was_kept for one in exposed if one.school not in low) > 0.85
    visits = [fmean(one.n_other_visits for one in exposed if (one.school in low) is which) for which in (True, False)]
    assert abs(visits[0] - visits[1]) < 0.25


def test_nothing_is_promised_while_somebody_is_away_or_the_log_is_missing(district: District) -> None:
    unexposed = [one for one in district.promises() if not one.is_exposed]
    assert unexposed
    assert not any(one.was_kept for one in unexposed)
