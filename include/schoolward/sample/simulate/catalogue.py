"""What schools ask for: units, their request types, and how fast each type is served at each priority."""

from dataclasses import dataclass
from math import log
from random import Random

from schoolward.sample.simulate.design import N_UNITS, TYPES_PER_UNIT
from schoolward.sample.simulate.speeds import LogLogistic, Speed, Weibull

PRIORITY_SPEEDS = (0.4, 0.9, 1.6)
"""Typical time against the type's own, from the most urgent priority down."""
RESPONSE_PART = 0.12
"""Typical time to a first response against the time to resolution."""


@dataclass(frozen=True, slots=True)
class RequestType:
    """One type of one unit.

    ``popularity`` is relative; ``typical`` the working minutes typical of it; ``resolution`` and ``response`` hold one speed a priority.
    """

    number: int
    unit: int
    popularity: float
    typical: float
    resolution: tuple[Speed, ...]
    response: tuple[Speed, ...]


def draw_types(rng: Random) -> tuple[RequestType, ...]:
    """Every unit's types, in the order of their numbers: from half a day to some weeks, the popular ones many times as popular."""
    return tuple(_draw_type(rng, number) for number in range(N_UNITS * TYPES_PER_UNIT))


def _draw_type(rng: Random, number: int) -> RequestType:
    unit = number // TYPES_PER_UNIT
    typical = 2 ** rng.uniform(log(200, 2), log(6000, 2))
    return RequestType(
        number,
        unit,
        rng.lognormvariate(0, 1),
        typical,
        tuple(_draw_speed(rng, typical * priority) for priority in PRIORITY_SPEEDS),
        tuple(_draw_speed(rng, typical * priority * RESPONSE_PART) for priority in PRIORITY_SPEEDS),
    )


def _draw_speed(rng: Random, typical: float) -> Speed:
    """Shapes differ by type and priority, so that no one distribution fits the district."""
    around = typical * rng.lognormvariate(0, 0.2)
    if rng.random() < 0.5:
        return Weibull(around * 1.4, rng.uniform(0.7, 1.3))
    return LogLogistic(around, rng.uniform(1.1, 1.8))
