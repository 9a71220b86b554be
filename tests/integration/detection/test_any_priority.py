"""How long a school waits when requests of all priorities count as identical: worked out plainly, and where it tells what strata by priority hide."""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from detection_method import RUN, Method

FIRST_BAND = date(2025, 9, 8)
"""A Monday on which four weeks of opening begin."""
BY_PRIORITY = "int_detection__exposure", "int_detection__hazard", "int_detection__cell", "detection_score"
ANY_PRIORITY = "int_detection__any_priority_hazard", "detection_any_priority"


@dataclass(frozen=True, slots=True)
class Request:
    """A request at risk over (``entry``, ``exit``] business minutes."""

    school: str
    unit: str
    kind: str
    priority: int
    opened_on: date
    entry: int
    exit: int
    is_resolved: bool

    @property
    def week(self) -> date:
        return self.opened_on - timedelta(days=self.opened_on.weekday())

    @property
    def band(self) -> date:
        return self.week - (self.week - FIRST_BAND) % timedelta(weeks=4)


def told(method: Method, requests: list[Request]) -> pd.DataFrame:
    """What the models make of them, by school, from the strata on."""
    method.hold(
        "int_detection__request",
        "run_id text, request_key text, school_key text, unit_id text, request_type text, priority int, opened_on date, opened_week date,"
        " opened_band date, resolution_entry_minutes bigint, resolution_exit_minutes bigint, is_resolved boolean,"
        " response_entry_minutes bigint, response_exit_minutes bigint, is_answered boolean",
        [
            (RUN, str(n), r.school, r.unit, r.kind, r.priority, r.opened_on, r.week, r.band, r.entry, r.exit, r.is_resolved, None, None, None)
            for n, r in enumerate(requests)
        ],
    )  # fmt: skip
    method.hold(
        "int_detection__run_unit", "run_id text, week_start_on date, window_name text", [(RUN, "2026-04-20", "year")]
    )
    for model in ("int_detection__stratum", "int_detection__placed", *BY_PRIORITY, *ANY_PRIORITY):
        method.build(model)
    return method.read("select * from indicators.detection_any_priority").set_index("school_key")


def step(minutes: int) -> int:
    return math.ceil(20 * math.log(minutes))


def plainly(requests: list[Request]) -> dict[str, tuple[int, float, float]]:
    """Requests, observed and expected elsewhere of each school, a request and a step at a time."""
    batches: dict[tuple[object, ...], int] = defaultdict(int)
    cells: dict[tuple[str, str, date], dict[int, list[str]]] = defaultdict(lambda: defaultdict(list))
    for r in requests:
        batches[r.school, r.unit, r.kind, r.opened_on] += 1
        cells[r.unit, r.kind, r.band][r.priority].append(r.school)
    alone = {
        cell
        for cell, priorities in cells.items()
        if sum(map(len, priorities.values())) >= 20 and max(len(set(schools)) for schools in priorities.values()) >= 5
    }
    pools: dict[tuple[object, ...], list[tuple[Request, float, float, int]]] = defaultdict(list)
    for r in requests:
        begins = step(r.entry) if r.entry else -math.inf
        ends = int(max(step(r.exit), begins + 1))
        weight = 1 / batches[r.school, r.unit, r.kind, r.opened_on]
        pools[r.unit, r.kind, r.band if (r.unit, r.kind, r.band) in alone else None].append((r, weight, begins, ends))
    observed: dict[tuple[str, str], float] = defaultdict(float)
    expected: dict[tuple[str, str], float] = defaultdict(float)
    n_requests: dict[tuple[str, str], int] = defaultdict(int)
    for pool in pools.values():
        hazard = {}
        for at in {ends for r, _, _, ends in pool if r.is_resolved}:
            done = sum(weight for r, weight, _, ends in pool if r.is_resolved and ends == at)
            hazard[at] = done / sum(weight for _, weight, begins, ends in pool if begins < at <= ends)
        for r, weight, begins, ends in pool:
            n_requests[r.kind, r.school] += 1
            observed[r.kind, r.school] += weight * r.is_resolved
            expected[r.kind, r.school] += weight * sum(h for at, h in hazard.items() if begins < at <= ends)
    made: dict[str, tuple[int, float, float]] = {}
    for kind, school in n_requests:
        others = [key for key in n_requests if key[0] == kind and key[1] != school]
        if not sum(expected[key] for key in others):
            continue
        n, o, e = made.get(school, (0, 0.0, 0.0))
        pace = sum(observed[key] for key in others) / sum(expected[key] for key in others)
        made[school] = (
            n + n_requests[kind, school],
            o + observed[kind, school],
            e + expected[kind, school] * pace,
        )
    return made


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_number_agrees_with_the_same_worked_out_a_request_at_a_time(method: Method, seed: int) -> None:
    """Two kinds over nine months, late entries, reports of one trouble, four weeks too small to stand alone, a kind of one school only."""
    rng = np.random.default_rng(seed)
    requests = [Request("s0", "u1", "alone", 3, FIRST_BAND, 0, 40 + n, True) for n in range(3)]
    for _ in range(400):
        entry = int(rng.integers(1, 900)) if rng.random() < 0.2 else 0
        requests.append(
            Request(
                f"s{rng.integers(9)}", "u0", f"k{rng.integers(2)}", int(rng.integers(1, 4)),
                FIRST_BAND + timedelta(days=int(270 * rng.random() ** 2)), entry, entry + 1 + int(rng.exponential(600)),
                bool(rng.random() < 0.8),
            )
        )  # fmt: skip
    found, expected = told(method, requests), plainly(requests)
    assert set(found.index) == set(expected)
    for school, (n, observed, elsewhere) in expected.items():
        row = found.loc[school]
        assert (row.n_requests, row.observed) == (n, pytest.approx(observed))
        assert row.expected_elsewhere == pytest.approx(elsewhere, rel=1e-9)
        assert row.times_as_long == pytest.approx(elsewhere / observed, rel=1e-9)
    bands = method.read("select * from indicators.int_detection__any_priority_hazard")
    assert set(bands.pooled_band.isna()) == {True, False}  # both are put to the test


def test_a_school_whose_urgent_requests_are_given_low_priority_looks_well_served_by_priority_alone(
    method: Method,
) -> None:
    """Every second request is urgent, and done four times as fast where it is called so; "hushed" gets them all called low."""
    rng = np.random.default_rng(5)
    requests = [
        Request(
            school, "it", "login", 1 if is_called_urgent else 4, FIRST_BAND + timedelta(days=n % 28), 0,
            1 + int(rng.exponential(120 if is_called_urgent else 480)), True,
        )
        for school in ("hushed", *(f"s{n:02}" for n in range(15)))
        for n in range(120)
        for is_called_urgent in [n % 2 == 0 and school != "hushed"]
    ]  # fmt: skip
    found = told(method, requests)
    assert found.loc["hushed", "times_as_long_by_priority"] == pytest.approx(1, abs=0.15)
    assert found.loc["hushed", "times_as_long"] > 1.5
    others = found.drop("hushed")
    assert others.times_as_long.between(0.7, 1.3).all()


def test_fewer_than_five_expected_have_no_ratio_and_none_done_has_an_end(method: Method) -> None:
    def request(school: str, exit_minutes: int, *, is_resolved: bool = True, day: int = 0) -> Request:
        return Request(school, "it", "login", 3, FIRST_BAND + timedelta(days=day), 0, exit_minutes, is_resolved)

    others = [request(f"s{n % 6}", 10 + n, day=n % 28) for n in range(60)]
    waiting = [request("waiting", 500, is_resolved=False, day=day) for day in range(10)]
    found = told(method, [*others, *waiting, request("asks once", 300)])
    assert math.isnan(found.loc["asks once", "times_as_long"])
    assert found.loc["waiting", "observed"] == 0
    assert found.loc["waiting", "times_as_long"] == found.loc["waiting", "expected_elsewhere"] > 5
