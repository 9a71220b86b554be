"""Week after week for a school year: how long until a planted school is flagged for good, and how often a clean one is.

Every week looks at the year so far and at the last 13 weeks. A flag opens and closes by the product's own model of persistence and hysteresis, with
the limits of its catalogue.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from statistics import median

from benchmarks.detection_parts import method
from benchmarks.detection_parts.landing import (
    Connection,
    Run,
    day_of,
    land,
    land_weeks,
    make_tables,
    school_key,
    settle,
)
from benchmarks.detection_parts.settings import Setting, say

from schoolward.sample.simulate import QUARTER, WEEK, Design, draw

YEAR_WEEKS = 40
FIRST_LOOK = 4
"""Weeks after which the first look is taken."""
PLANTED_FROM_WEEK = 12
"""Planted schools are served like all others until then."""


@dataclass(frozen=True, slots=True)
class YearFigures:
    """A school year of weekly looks.

    Attributes:
        n_district_years: districts simulated for a year each.
        false_flags_a_school_year: flags opened on clean schools, and on planted ones before anything was planted, by school and year.
        looks_false_a_school_year: by clean school and year, how often it would be flagged anew were every q of no more than 0.10 a flag.
        found: share of the planted schools flagged by the year's end.
        weeks_to_detection: median over all planted schools, counted from when it was planted; None where fewer than half are found.
    """

    setting: Setting
    n_district_years: int
    false_flags_a_school_year: float
    looks_false_a_school_year: float
    found: float
    weeks_to_detection: float | None


@dataclass(frozen=True, slots=True)
class Look:
    """A school in one week: q, None where too little is known, and whether the flag was up."""

    q: float | None
    is_open: bool


NOTHING = Look(None, is_open=False)


def openings(flags: Sequence[bool]) -> list[int]:
    """The looks (from 0) at which a flag goes up."""
    return [look for look, (before, now) in enumerate(pairwise([False, *flags])) if now and not before]


def year_figures(connection: Connection, setting: Setting, seeds: Sequence[int]) -> YearFigures:
    """One school year of every seed; each is built on its own, since a week compares the schools of one district."""
    n_false = n_looks_false = n_schools = n_planted = 0
    delays: list[float] = []
    for seed in seeds:
        district = draw(
            Design(
                seed,
                n_schools=setting.n_schools,
                n_requests=setting.n_requests,
                n_weeks=YEAR_WEEKS,
                planted_from_week=PLANTED_FROM_WEEK,
            )
        )
        weeks = range(FIRST_LOOK, YEAR_WEEKS + 1)
        make_tables(connection)
        land(connection, district, district.requests(), [run for week in weeks for run in _runs(week)])
        land_weeks(connection)
        settle(connection)
        method.build(method.MODELS, method.CATALOGUE, *method.PERSISTENCE)
        looks = _looks(connection, weeks)
        planted = {school_key(district, school) for school in district.underserved}
        n_schools += setting.n_schools
        n_planted += len(planted)
        for school in (school_key(district, one.number) for one in district.schools):
            opened = [weeks[look] for look in openings([one.is_open for one in looks[school]])]
            true = [week for week in opened if school in planted and week > PLANTED_FROM_WEEK]
            n_false += len(opened) - len(true)
            if true:
                delays.append(true[0] - PLANTED_FROM_WEEK)
            if school not in planted:
                n_looks_false += len(
                    openings([one.q is not None and one.q <= method.FLAG_LEVEL for one in looks[school]])
                )
        say(f"{setting}: the year of district {seed} is over")
    missed = [float("inf")] * (n_planted - len(delays))
    middle = median([*delays, *missed])
    made = YearFigures(
        setting,
        len(seeds),
        n_false / n_schools,
        n_looks_false / (n_schools - n_planted),
        len(delays) / n_planted,
        middle if middle < float("inf") else None,
    )
    say(f"{made}")
    return made


def _runs(week: int) -> tuple[Run, Run]:
    as_of = week * WEEK
    return Run("year", 0, as_of), Run("trailing", max(0, as_of - QUARTER * WEEK), as_of)


def _looks(connection: Connection, weeks: range) -> Mapping[str, list[Look]]:
    """Each school's looks, one a week.

    Raises:
        RuntimeError: when the models have not looked every week.
    """
    by_school: dict[str, list[Look]] = defaultdict(lambda: [NOTHING] * len(weeks))
    place = {day_of(week * WEEK) - timedelta(days=7): number for number, week in enumerate(weeks)}
    seen = set()
    for week, school, q, is_open in connection.execute(
        "select week_start_on, school_key, q, is_open from indicators.detection_school_week"
    ):
        assert isinstance(week, date)
        seen.add(week)
        by_school[str(school)][place[week]] = Look(None if q is None else float(str(q)), bool(is_open))
    if seen != set(place):
        raise RuntimeError(f"{len(place)} weeks were to be looked at, the models looked at {len(seen)}.")
    return by_school
