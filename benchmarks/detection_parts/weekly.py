"""Week after week for a school year: how long until a planted school is flagged for good, and how often a clean one is.

Every week looks at the year so far and at the last 13 weeks. A flag opens and closes by the product's rule of persistence and hysteresis.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.detection_parts import method
from benchmarks.detection_parts.landing import Connection, Run, land, make_tables, school_key, settle
from benchmarks.detection_parts.settings import Setting, say

from schoolward.sample.simulate import QUARTER, WEEK, Design, draw

YEAR_WEEKS = 40
FIRST_LOOK = 4
"""Weeks after which the first look is taken."""
PLANTED_FROM_WEEK = 12
"""Planted schools are served like all others until then."""
OPENS_AT, OPENS_IN, OPENS_OF = 0.05, 3, 4
CLOSES_ABOVE, CLOSES_AFTER = 0.20, 4


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


def opened(q_by_week: Sequence[float | None]) -> list[int]:
    """The looks (from 0) at which a flag opens: q small in most of the last looks; it closes after some looks in a row with a large q.

    None, where too little is known of the school, is neither small nor large.
    """
    openings: list[int] = []
    is_open, calm = False, 0
    for look, q in enumerate(q_by_week):
        recent = q_by_week[max(0, look - OPENS_OF + 1) : look + 1]
        if not is_open and sum(one is not None and one <= OPENS_AT for one in recent) >= OPENS_IN:
            is_open, calm = True, 0
            openings.append(look)
        elif is_open:
            calm = calm + 1 if q is not None and q > CLOSES_ABOVE else 0
            is_open = calm < CLOSES_AFTER
    return openings


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
        looks = range(FIRST_LOOK, YEAR_WEEKS + 1)
        make_tables(connection)
        land(connection, district, district.requests(), [run for week in looks for run in _runs(week)])
        settle(connection)
        method.build()
        q = _q_by_look(connection, looks)
        planted = {school_key(district, school) for school in district.underserved}
        n_schools += setting.n_schools
        n_planted += len(planted)
        for school in (school_key(district, one.number) for one in district.schools):
            weeks = [looks[look] for look in opened(q[school])]
            true = [week for week in weeks if school in planted and week > PLANTED_FROM_WEEK]
            n_false += len(weeks) - len(true)
            if true:
                delays.append(true[0] - PLANTED_FROM_WEEK)
            if school not in planted:
                n_looks_false += _new_flags(q[school])
        say(f"{setting}: the year of district {seed} is over")
    missed = [float("inf")] * (n_planted - len(delays))
    middle = median([*delays, *missed])
    return YearFigures(
        setting,
        len(seeds),
        n_false / n_schools,
        n_looks_false / (n_schools - n_planted),
        len(delays) / n_planted,
        middle if middle < float("inf") else None,
    )


def _runs(week: int) -> tuple[Run, Run]:
    as_of = week * WEEK
    return Run("year", 0, as_of), Run("trailing", max(0, as_of - QUARTER * WEEK), as_of)


def _q_by_look(connection: Connection, looks: range) -> Mapping[str, list[float | None]]:
    """Each school's q at every look."""
    by_school: dict[str, list[float | None]] = defaultdict(lambda: [None] * len(looks))
    weeks = [
        row[0]
        for row in connection.execute("select distinct week_start_on from indicators.detection_school_week order by 1")
    ]
    if len(weeks) != len(looks):
        raise RuntimeError(f"{len(looks)} weeks were looked at, the models know {len(weeks)}.")
    place = {week: number for number, week in enumerate(weeks)}
    for week, school, q in connection.execute(
        "select week_start_on, school_key, q from indicators.detection_school_week where q is not null"
    ):
        by_school[str(school)][place[week]] = float(str(q))
    return by_school


def _new_flags(q_by_look: Sequence[float | None]) -> int:
    """How often a school would be flagged anew by single looks."""
    flags = [q is not None and q <= method.FLAG_LEVEL for q in q_by_look]
    return sum(now and not before for before, now in zip([False, *flags], flags, strict=False))
