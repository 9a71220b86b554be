"""What is reported: a trouble, by one report or a batch of them; and outages, one trouble reported by many schools on a day."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from random import Random

from schoolward.sample.generate.randomness import stream
from schoolward.sample.simulate.catalogue import RequestType
from schoolward.sample.simulate.design import DAY, HISTORY_WEEKS, QUARTER, WEEK, Design
from schoolward.sample.simulate.schools import School

BATCH_SHARE, MEAN_MORE_REPORTS = 0.08, 2.0
"""Troubles that a school reports more than once on a day, and by how many reports more."""
OUTAGES_A_QUARTER = 3
OUTAGE_REPORTS = 0.008
"""Reports of an outage by a school it hits, besides the first, for every request a quarter."""
_REPORTS_A_TROUBLE = 1 + BATCH_SHARE * MEAN_MORE_REPORTS


@dataclass(frozen=True, slots=True)
class Trouble:
    """One trouble at one school.

    ``minutes`` are the business minutes of its reports, all on one day. ``hardness`` holds a unit exponential draw for the resolution and one for
    the response, which most of its reports share: what is one trouble is done with at one time.
    """

    type: RequestType
    priority: int
    minutes: tuple[int, ...]
    hardness: tuple[float, float]
    is_outage: bool


@dataclass(frozen=True, slots=True)
class Outage:
    """One trouble of many schools: ``share`` of them are hit on the day that begins at ``minute``."""

    type: RequestType
    minute: int
    share: float
    hardness: tuple[float, float]


def exponential(rng: Random) -> float:
    """A unit exponential draw."""
    return -log(1.0 - rng.random())


def draw_outages(design: Design, types: Sequence[RequestType]) -> tuple[Outage, ...]:
    """The district's outages in the order of time; one of a kind that most of the time is served quickly."""
    rng = stream(design.seed, "outages")
    quick = sorted(types, key=lambda one: one.typical)[: len(types) // 2]
    days = [day for day in range(design.n_weeks * 5) if rng.random() < OUTAGES_A_QUARTER / (QUARTER * 5)]
    return tuple(
        Outage(rng.choice(quick), day * DAY, rng.uniform(0.3, 0.7), (exponential(rng), exponential(rng)))
        for day in days
    )  # fmt: skip


def of_school(
    rng: Random, design: Design, types: Sequence[RequestType], outages: Sequence[Outage], school: School
) -> Iterator[Trouble]:
    """A school's troubles, from a year before the first week to the last."""
    demand = sum(map(season, range(design.n_weeks))) / design.n_weeks
    a_week = school.size * design.n_requests / QUARTER / _REPORTS_A_TROUBLE / demand
    for week in range(-HISTORY_WEEKS, design.n_weeks):
        for _ in range(_poisson(rng, a_week * season(week))):
            yield _draw_trouble(rng, types, school, week)
    for outage in outages:
        if rng.random() < outage.share:
            n_reports = 1 + _poisson(rng, OUTAGE_REPORTS * school.size * design.n_requests)
            minutes = tuple(sorted(outage.minute + rng.randrange(DAY) for _ in range(n_reports)))
            yield Trouble(outage.type, 0, minutes, outage.hardness, is_outage=True)


def season(week: int) -> float:
    """Demand against its mean: a wave of the year's beginning, calm weeks before the winter and summer breaks."""
    week_of_year = week % 52
    if week_of_year < 4:
        return 1.4
    return 0.75 if week_of_year in (15, 16, 17, 18, 38, 39, 40, 41) else 1.0


def _draw_trouble(rng: Random, types: Sequence[RequestType], school: School, week: int) -> Trouble:
    kind = bisect_right(school.cumulative_types, rng.random() * school.cumulative_types[-1])
    priority = bisect_right(school.cumulative_priorities, rng.random() * school.cumulative_priorities[-1])
    minute = week * WEEK + rng.randrange(WEEK)
    minutes: tuple[int, ...] = (minute,)
    if rng.random() < BATCH_SHARE:
        day = minute // DAY * DAY
        n_more = 1 + _poisson(rng, MEAN_MORE_REPORTS - 1)
        minutes = tuple(sorted((minute, *(day + rng.randrange(DAY) for _ in range(n_more)))))
    return Trouble(types[kind], priority, minutes, (exponential(rng), exponential(rng)), is_outage=False)


def _poisson(rng: Random, mean: float) -> int:
    """How many arrivals of a process of rate 1 fall into ``mean``."""
    n, arrives = 0, exponential(rng)
    while arrives < mean:
        n += 1
        arrives += exponential(rng)
    return n
