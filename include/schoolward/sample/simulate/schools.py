"""The schools: how much they ask for and of what, how they are served as a rule, and what is planted."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from random import Random

from schoolward.sample.generate.randomness import stream
from schoolward.sample.simulate.catalogue import RequestType
from schoolward.sample.simulate.design import PRIORITY_SHARES, Design

SIZE_SD, SMALLEST, LARGEST = 0.7, 0.15, 6.0
"""Of a school's demand against the mean: standard deviation of its logarithm, and bounds."""
TASTE_SD = 0.35
"""Every school's demand for a type differs from the district's: standard deviation of the logarithm."""
TILT = 0.9
"""A hard mix asks for a type this much more (in logarithms) with every e-fold of its typical time; an easy one so much less."""
SLOW_REQUESTER_SHARE = 0.15
"""Schools that take long to answer a unit's question."""


class Mix(StrEnum):
    """What a school's requests are like."""

    USUAL = "usual"
    HARD = "hard"
    """Mostly what takes long anywhere, and rarely urgent: its mean looks bad and is nobody's fault."""
    EASY = "easy"


@dataclass(frozen=True, slots=True)
class School:
    """One school.

    Attributes:
        size: demand against the mean of all schools.
        cumulative_types: running sums of its demand by type.
        cumulative_priorities: the same by priority.
        resolution_level: hazard against the district's for an unplanted reason: ordinary variation. Likewise ``response_level``.
        resolution_ratio: the planted hazard ratio, 1 where nothing is. Likewise ``response_ratio``.
        contact_ratio: the planted ratio of contacts, 1 where nothing is.
        wait_share: share of its requests that wait for the requester.
    """

    number: int
    size: float
    mix: Mix
    cumulative_types: tuple[float, ...]
    cumulative_priorities: tuple[float, ...]
    resolution_level: float
    response_level: float
    resolution_ratio: float
    response_ratio: float
    contact_ratio: float
    wait_share: float


def draw_schools(design: Design, types: Sequence[RequestType]) -> tuple[School, ...]:
    """All schools, in the order of their numbers; exactly the planted share of them is planted."""
    rng = stream(design.seed, "planted")
    slow = _some(rng, design.n_schools, design.planted_share)
    unseen = _some(rng, design.n_schools, design.planted_contact_share)
    sizes = stream(design.seed, "sizes")
    raw = [min(max(sizes.lognormvariate(0, SIZE_SD), SMALLEST), LARGEST) for _ in range(design.n_schools)]
    mean = sum(raw) / len(raw)
    return tuple(
        _draw_school(design, number, raw[number] / mean, types, is_slow=number in slow, is_unseen=number in unseen)
        for number in range(design.n_schools)
    )


def _some(rng: Random, n_schools: int, share: float) -> frozenset[int]:
    return frozenset(rng.sample(range(n_schools), round(n_schools * share)))


def _draw_school(
    design: Design, number: int, size: float, types: Sequence[RequestType], *, is_slow: bool, is_unseen: bool
) -> School:
    rng = stream(design.seed, "school", number)
    mix = rng.choices((Mix.USUAL, Mix.HARD, Mix.EASY), (0.7, 0.15, 0.15))[0]
    tilt = {Mix.USUAL: 0.0, Mix.HARD: TILT, Mix.EASY: -TILT}[mix]
    demand = [
        one.popularity * rng.lognormvariate(0, TASTE_SD) * (one.typical / 1000) ** tilt for one in types
    ]  # fmt: skip
    urgent, usual, calm = PRIORITY_SHARES
    priorities = (urgent * 2**-tilt, usual, calm * 2**tilt)
    resolution_level = rng.lognormvariate(0, design.ordinary_sd)
    response_level = rng.lognormvariate(0, design.ordinary_sd)
    ratios = [rng.uniform(*design.ratios) for _ in range(2)]
    is_slow_to_respond = rng.random() < design.response_share
    contact_ratio = rng.uniform(*design.contact_ratios)
    return School(
        number,
        size,
        mix,
        tuple(accumulate(demand)),
        tuple(accumulate(priorities)),
        resolution_level,
        response_level,
        ratios[0] if is_slow else 1.0,
        ratios[1] if is_slow and is_slow_to_respond else 1.0,
        contact_ratio if is_unseen else 1.0,
        0.35 if rng.random() < SLOW_REQUESTER_SHARE else 0.12,
    )
