"""Who is underserved, asked where the answer is known: simulated districts, the product's own models, an oracle and the rules in use today.

``benchmarks/detection.py [--seeds 40] [--settings 120x60,1000x300] [--only settings,null,weekly,speed]``. Everything takes about an hour and a half.
A district is drawn by :mod:`schoolward.sample.simulate`, landed where the detection reads, and judged by the dbt models in one run over a
quarter with q of no more than 0.10. ``fdr`` is the mean share of clean schools among the flagged, ``recall`` the share of planted schools that are
flagged. Two oracles put their expectations together as the method does (a deviate a clock, both by their correlation, Benjamini-Hochberg) and are
read at the level where their realised ``fdr`` is no higher than the method's:

* ``oracle_recall_at_equal_fdr``: the true hazards. It knows of every request all that its hazard is made of but for the planted ratio: type,
  priority, pace of the unit, also the ordinary level of its school and of its school, unit and week. No data tell the last two apart from
  what is planted: it is an upper bound for any method that has to learn from one quarter.
* ``typical_oracle_recall_at_equal_fdr``: types, priorities and paces. What is peculiar to a school or a week is chance to it, as it must be to
  anyone who has not planted it.

The last line is JSON.
"""

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path

import psycopg
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.detection_parts.oracle import NAIVE_RULES
from benchmarks.detection_parts.settings import Figures, NullFigures, Setting, figures, null_figures
from benchmarks.detection_parts.speed import SpeedFigures, speed_figures
from benchmarks.detection_parts.weekly import YearFigures, year_figures
from benchmarks.marts_parts.server import server

SETTINGS = "120x60,120x300,1000x60,1000x300"
PARTS = "settings,null,weekly,speed"
SPEED_SIZES = "100000,1000000,5000000"
FIRST_SEED = 1


def main() -> None:
    """The parts asked for, on one server that is thrown away."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=40, help="districts of each setting")
    parser.add_argument("--first-seed", type=int, default=FIRST_SEED)
    parser.add_argument("--settings", default=SETTINGS, help="schools x requests a school and quarter, with commas")
    parser.add_argument("--null-seeds", type=int, default=20, help="districts of each setting with nothing planted")
    parser.add_argument("--years", type=int, default=4, help="school years of 120 schools looked at every week")
    parser.add_argument("--speed", default=SPEED_SIZES, help="numbers of requests, with commas")
    parser.add_argument("--only", default=PARTS, help="the parts to run, with commas")
    options = parser.parse_args()
    settings = [Setting(*map(int, text.split("x"))) for text in options.settings.split(",")]
    seeds = range(options.first_seed, options.first_seed + options.seeds)
    null_seeds, years = seeds[: options.null_seeds], seeds[: options.years]
    parts = options.only.split(",")
    with server() as meter:
        from schoolward.warehouse.connection import url

        with psycopg.connect(url("transformer"), autocommit=True) as connection:
            planted = [figures(connection, one, seeds) for one in settings] if "settings" in parts else []
            null = [null_figures(connection, one, null_seeds) for one in settings] if "null" in parts else []
            small = [one for one in settings if one.n_schools <= 120]
            weekly = [year_figures(connection, one, years) for one in small] if "weekly" in parts else []
            sizes = sorted(map(int, options.speed.split(","))) if "speed" in parts else []
            speeds = [speed_figures(connection, meter, size) for size in sizes]
    report(planted, null, weekly, speeds)


def report(
    planted: Sequence[Figures],
    null: Sequence[NullFigures],
    weekly: Sequence[YearFigures],
    speeds: Sequence[SpeedFigures],
) -> None:
    """The tables of what was run, then the line for programs."""
    console = Console(width=130)
    if planted:
        console.print(_planted_table(planted))
    if null:
        console.print(_null_table(null))
    if weekly:
        console.print(_weekly_table(weekly))
    if speeds:
        console.print(_speed_table(speeds))
    print(json.dumps(_figures_as_json(planted, null, weekly, speeds)))


def _planted_table(planted: Sequence[Figures]) -> Table:
    table = Table(title="Flagged by one run over a quarter at q ≤ 0.10; oracles at equal false discoveries")
    for heading in ("schools", "requests", "districts", "FDR", "recall", "oracle", "typical oracle", *NAIVE_RULES):
        table.add_column(heading, justify="right")
    for one in planted:
        table.add_row(
            f"{one.setting.n_schools:,}", str(one.setting.n_requests), str(one.n_districts), _share(one.method.fdr),
            _share(one.method.recall), _share(one.oracle.recall), _share(one.typical_oracle.recall),
            *(f"false {_share(rule.fdr)}, found {_share(rule.recall)}" for rule in one.naive),
        )  # fmt: skip
    return table


def _null_table(null: Sequence[NullFigures]) -> Table:
    table = Table(title="Nothing planted")
    for heading in ("schools", "requests", "districts", "any school flagged", "schools flagged", NAIVE_RULES[0]):
        table.add_column(heading, justify="right")
    for one in null:
        table.add_row(
            f"{one.setting.n_schools:,}", str(one.setting.n_requests), str(one.n_districts), _share(one.any_flag),
            f"{one.flags:.2f}", f"{one.naive_flags:.1f}",
        )  # fmt: skip
    return table


def _weekly_table(weekly: Sequence[YearFigures]) -> Table:
    table = Table(title="Every week of a school year: flags that persist")
    for heading in (
        "schools", "requests", "years", "false flags a school-year", "without persistence", "found", "median weeks to detection",
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    for one in weekly:
        table.add_row(
            f"{one.setting.n_schools:,}", str(one.setting.n_requests), str(one.n_district_years),
            f"{one.false_flags_a_school_year:.4f}", f"{one.looks_false_a_school_year:.4f}", _share(one.found),
            "–" if one.weeks_to_detection is None else f"{one.weeks_to_detection:g}",
        )  # fmt: skip
    return table


def _speed_table(speeds: Sequence[SpeedFigures]) -> Table:
    table = Table(title="Processor seconds of PostgreSQL, both clocks, 1,000 schools, two years")
    for heading in ("requests", "at risk", "all at once", "a week's trailing run", "at risk in it"):
        table.add_column(heading, justify="right")
    for one in speeds:
        weekly = (f"{one.weekly.cpu_s:.1f}", f"{one.weekly.n_requests:,}") if one.weekly else ("", "")
        table.add_row(f"{one.n_requests:,}", f"{one.full.n_requests:,}", f"{one.full.cpu_s:.1f}", *weekly)
    return table


def _figures_as_json(
    planted: Sequence[Figures],
    null: Sequence[NullFigures],
    weekly: Sequence[YearFigures],
    speeds: Sequence[SpeedFigures],
) -> dict[str, object]:
    return {
        "settings": [
            {
                "schools": one.setting.n_schools,
                "requests": one.setting.n_requests,
                "districts": one.n_districts,
                "fdr": _rounded(one.method.fdr),
                "recall": _rounded(one.method.recall),
                "oracle_recall_at_equal_fdr": _rounded(one.oracle.recall),
                "typical_oracle_recall_at_equal_fdr": _rounded(one.typical_oracle.recall),
                "naive_fdr": _rounded(one.naive[0].fdr),
                "naive_recall": _rounded(one.naive[0].recall),
                "naive_rules": {
                    name: {"fdr": _rounded(rule.fdr), "recall": _rounded(rule.recall)}
                    for name, rule in zip(NAIVE_RULES, one.naive, strict=True)
                },
            }
            for one in planted
        ],
        "nothing_planted": [
            {
                "schools": one.setting.n_schools,
                "requests": one.setting.n_requests,
                "districts": one.n_districts,
                "any_flag": _rounded(one.any_flag),
                "flags": _rounded(one.flags),
                "naive_flags": _rounded(one.naive_flags),
            }
            for one in null
        ],
        "weekly": [
            {
                "schools": one.setting.n_schools,
                "requests": one.setting.n_requests,
                "district_years": one.n_district_years,
                "false_flags_a_school_year": _rounded(one.false_flags_a_school_year),
                "without_persistence": _rounded(one.looks_false_a_school_year),
                "found": _rounded(one.found),
                "weeks_to_detection": one.weeks_to_detection,
            }
            for one in weekly
        ],
        "full_cpu_s": {str(one.n_requests): round(one.full.cpu_s, 1) for one in speeds},
        "weekly_cpu_s": {str(one.n_requests): round(one.weekly.cpu_s, 1) for one in speeds if one.weekly},
        "growth_exponent": _rounded(_growth_exponent(speeds)),
    }


def _growth_exponent(speeds: Sequence[SpeedFigures]) -> float | None:
    """Of processor time between the two largest sizes: 1 is linear; n log n from 1 M to 5 M is 1.07."""
    if len(speeds) < 2:
        return None
    small, large = speeds[-2].full, speeds[-1].full
    return math.log(large.cpu_s / small.cpu_s) / math.log(large.n_requests / small.n_requests)


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _rounded(value: float | None) -> float | None:
    return value if value is None else round(value, 4)


if __name__ == "__main__":
    main()
