"""What the marts cost: a full build and a day's increment over 10,000 to 5,000,000 requests of two years, 250 schools, eight units.

``benchmarks/marts.py [--sizes 10000,100000]``. Half a year's disk is not needed, but 5,000,000 requests want 30 GB and half an hour.
Each size has a PostgreSQL of its own (see ``marts_parts/server.py``). Measured is one ``dbt build`` of all models and seeds: its own elapsed
time, without Python's start and without data tests; raw rows are made, analysed and written out beforehand. The clocks alone (everything
from staging to ``request_clock``) are measured by PostgreSQL's processor time. The last line is JSON.
"""

import argparse
import json
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.marts_parts.server import Meter, server

SIZES = (10_000, 100_000, 500_000, 1_000_000, 5_000_000)
CLOCK_SIZES = (10_000, 100_000)
"""Where fivetran/dbt_zendesk's figures are known: 520 to 950 s for 10,000 with schedules, 129 s for 100,000 without."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Wall seconds of dbt, processor seconds of PostgreSQL."""

    wall_s: float
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Figures:
    """What one size cost; ``clocks`` only where it is compared."""

    n_requests: int
    clocks: Cost | None
    full: Cost
    increment: Cost
    n_touched: int


def measured(meter: Meter, select: str | None = None, *, full_refresh: bool = False) -> Cost:
    """One build through the door everybody uses."""
    from schoolward import dbt_adapter

    meter.reset()
    summary = dbt_adapter.build(select, full_refresh=full_refresh, with_data_tests=False)
    time.sleep(0.5)  # the last sessions end
    return Cost(summary.seconds, meter.seconds())


def figures(n_requests: int) -> Figures:
    """Everything at one size, on a server that is thrown away."""
    with server() as meter:
        from benchmarks.marts_parts.made_up import land_one_day, land_two_years

        began = time.monotonic()
        land_two_years(n_requests)
        say(f"{n_requests:,} requests made in {time.monotonic() - began:.0f} s")
        clocks = measured(meter, "+request_clock") if n_requests in CLOCK_SIZES else None
        full = measured(meter, full_refresh=True)
        say(f"{n_requests:,} built: {full}")
        n_touched = land_one_day()
        increment = measured(meter)
        say(f"{n_touched:,} touched: {increment}")
    return Figures(n_requests, clocks, full, increment, n_touched)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


def slope(points: list[tuple[float, float]]) -> float | None:
    """Least squares of log y on log x; None for fewer than two points."""
    if len(points) < 2:
        return None
    logs = [(math.log(x), math.log(y)) for x, y in points]
    mean_x, mean_y = (sum(values) / len(logs) for values in zip(*logs, strict=True))
    return sum((x - mean_x) * (y - mean_y) for x, y in logs) / sum((x - mean_x) ** 2 for x, _ in logs)


def report(all_figures: list[Figures]) -> None:
    """The table, then the line for programs."""
    table = Table(title="Building the marts: 250 schools, 8 units, two years; seconds")
    for heading in ("requests", "clocks CPU", "full", "full CPU", "touched in a day", "increment", "increment CPU"):
        table.add_column(heading, justify="right")
    for one in all_figures:
        table.add_row(
            f"{one.n_requests:,}", f"{one.clocks.cpu_s:.1f}" if one.clocks else "", f"{one.full.wall_s:.1f}", f"{one.full.cpu_s:.1f}",
            f"{one.n_touched:,}", f"{one.increment.wall_s:.1f}", f"{one.increment.cpu_s:.1f}",
        )  # fmt: skip
    Console(width=110).print(table)
    increments = {one.n_requests: one.increment.wall_s for one in all_figures}
    exponent = slope([(one.n_requests, one.full.wall_s) for one in all_figures])
    largest_step = slope([(one.n_requests, one.full.wall_s) for one in all_figures[-2:]])
    ratio = increments[5_000_000] / increments[500_000] if {500_000, 5_000_000} <= increments.keys() else None
    print(
        json.dumps({
            "full_s": {str(one.n_requests): round(one.full.wall_s, 1) for one in all_figures},
            "increment_s": {str(n): round(seconds, 1) for n, seconds in increments.items()},
            "growth_exponent": exponent and round(exponent, 3),
            "growth_exponent_largest_step": largest_step and round(largest_step, 3),
            "increment_ratio_5m_500k": ratio and round(ratio, 3),
            "clocks_cpu_s": {str(one.n_requests): round(one.clocks.cpu_s, 2) for one in all_figures if one.clocks},
            "full_cpu_s": {str(one.n_requests): round(one.full.cpu_s, 1) for one in all_figures},
            "increment_cpu_s": {str(one.n_requests): round(one.increment.cpu_s, 1) for one in all_figures},
        })
    )  # fmt: skip


def main() -> None:
    """Every size asked for, smallest first."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of requests, with commas")
    sizes = sorted(int(size) for size in parser.parse_args().sizes.split(","))
    report([figures(size) for size in sizes])


if __name__ == "__main__":
    main()
