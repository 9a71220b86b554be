"""What detection costs PostgreSQL: everything in one comparison, and a week's run over the last 13 weeks of a large history."""

import time
from dataclasses import dataclass

import psycopg
from benchmarks.detection_parts import method
from benchmarks.detection_parts.landing import Connection, Run, forget_comparisons, land, make_tables, settle
from benchmarks.detection_parts.settings import say
from benchmarks.marts_parts.server import Meter

from schoolward.sample.simulate import QUARTER, WEEK, Design, District, draw
from schoolward.warehouse.connection import url

N_SCHOOLS = 1_000
N_WEEKS = 8 * QUARTER
WEEKLY_AT = 5_000_000
"""Size of the history on which the weekly run is measured."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of PostgreSQL for both clocks of ``n_requests`` requests at risk; ``wall_s`` is all of dbt's run."""

    n_requests: int
    cpu_s: float
    wall_s: float


@dataclass(frozen=True, slots=True)
class SpeedFigures:
    """One size: all of it in one comparison, and where measured the trailing run of one week."""

    n_requests: int
    full: Cost
    weekly: Cost | None


def speed_figures(connection: Connection, meter: Meter, n_requests: int) -> SpeedFigures:
    """Two years of 1,000 schools with so many requests in all."""
    a_quarter = max(1, round(n_requests / N_SCHOOLS / (N_WEEKS / QUARTER)))
    district = draw(Design(seed=1, n_schools=N_SCHOOLS, n_requests=a_quarter, n_weeks=N_WEEKS))
    ends = N_WEEKS * WEEK
    full = _cost(connection, meter, district, Run("year", 0, ends))
    weekly = None
    if n_requests >= WEEKLY_AT:
        weekly = _cost(connection, meter, district, Run("trailing", ends - QUARTER * WEEK, ends), is_landed=True)
    return SpeedFigures(n_requests, full, weekly)


def _cost(connection: Connection, meter: Meter, district: District, run: Run, *, is_landed: bool = False) -> Cost:
    """Land everything, or only another run where the requests are there already, and measure the models."""
    began = time.monotonic()
    if is_landed:
        forget_comparisons(connection)
        land(connection, district, (), [run])
    else:
        make_tables(connection)
        land(connection, district, district.requests(), [run])
    settle(connection)
    with psycopg.connect(url("owner"), autocommit=True) as owner:
        owner.execute("checkpoint")  # or it would fall on the measured time
    say(f"{district.design.n_schools} schools landed in {time.monotonic() - began:.0f} s")
    meter.reset()
    began = time.monotonic()
    method.build()
    wall = time.monotonic() - began
    time.sleep(0.5)  # the last sessions end
    cpu = meter.seconds()
    rows = connection.execute(
        "select count(*) from indicators.int_detection__exposure where clock = 'resolution'"
    ).fetchone()
    assert rows is not None
    cost = Cost(int(str(rows[0])), cpu, wall)
    say(f"{cost}")
    return cost
