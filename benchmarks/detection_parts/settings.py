"""Recall and realised false discoveries of the method, the oracles and today's rules, over districts of one size."""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from benchmarks.detection_parts import method
from benchmarks.detection_parts.landing import Connection, Run, land, make_tables, run_id, settle
from benchmarks.detection_parts.oracle import NAIVE_RULES, Judged, judge
from benchmarks.detection_parts.scoring import Rates, Verdict, at_equal_fdr, rates, rates_at

from schoolward.sample.simulate import QUARTER, WEEK, Design, draw

REQUESTS_A_BATCH = 1_000_000
"""Districts are judged together as long as they have no more: dbt is started once a batch."""
WHOLE_QUARTER = Run("trailing", 0, QUARTER * WEEK)


@dataclass(frozen=True, slots=True)
class Setting:
    """A size of district: schools, and requests a school and quarter."""

    n_schools: int
    n_requests: int

    def __str__(self) -> str:
        return f"{self.n_schools}x{self.n_requests}"


@dataclass(frozen=True, slots=True)
class Result:
    """One district: what the method says and what is known without it."""

    method: Verdict
    judged: Judged


@dataclass(frozen=True, slots=True)
class Figures:
    """What one setting came to. Oracles are taken at the level where their false discoveries are no more than the method's."""

    setting: Setting
    n_districts: int
    method: Rates
    oracle: Rates
    typical_oracle: Rates
    naive: tuple[Rates, ...]


@dataclass(frozen=True, slots=True)
class NullFigures:
    """The same size with nothing planted.

    ``any_flag`` is the share of districts in which any school is flagged, ``flags`` the mean number of flagged schools;
    ``naive_flags`` that of the first naive rule.
    """

    setting: Setting
    n_districts: int
    any_flag: float
    flags: float
    naive_flags: float


def figures(connection: Connection, setting: Setting, seeds: Sequence[int]) -> Figures:
    """Districts with planted schools."""
    found = list(results(connection, setting, seeds, lambda seed: _design(setting, seed)))
    verdicts = [one.method for one in found]
    realised = rates_at(verdicts, method.FLAG_LEVEL)
    made = Figures(
        setting,
        len(found),
        realised,
        at_equal_fdr([one.judged.oracle for one in found], realised.fdr),
        at_equal_fdr([one.judged.typical_oracle for one in found], realised.fdr),
        tuple(
            rates([one.judged.naive[rule] for one in found], [one.judged.planted for one in found])
            for rule in NAIVE_RULES
        ),
    )
    say(f"{made}")
    return made


def null_figures(connection: Connection, setting: Setting, seeds: Sequence[int]) -> NullFigures:
    """Districts where nothing is planted."""
    found = list(results(connection, setting, seeds, lambda seed: _design(setting, seed, planted_share=0.0)))
    n_flagged = [len(one.method.flagged(method.FLAG_LEVEL)) for one in found]
    made = NullFigures(
        setting,
        len(found),
        sum(n > 0 for n in n_flagged) / len(found),
        sum(n_flagged) / len(found),
        sum(len(one.judged.naive[NAIVE_RULES[0]]) for one in found) / len(found),
    )
    say(f"{made}")
    return made


def _design(setting: Setting, seed: int, planted_share: float = Design(seed=0).planted_share) -> Design:
    return Design(
        seed, n_schools=setting.n_schools, n_requests=setting.n_requests, planted_share=planted_share
    )  # fmt: skip


def results(
    connection: Connection, setting: Setting, seeds: Sequence[int], design: Callable[[int], Design]
) -> Iterator[Result]:
    """Every district, batch after batch."""
    a_batch = max(1, REQUESTS_A_BATCH // (setting.n_schools * setting.n_requests))
    for first in range(0, len(seeds), a_batch):
        began = time.monotonic()
        judged: dict[str, Judged] = {}
        make_tables(connection)
        for seed in seeds[first : first + a_batch]:
            district = draw(design(seed))
            requests = list(district.requests())
            land(connection, district, requests, [WHOLE_QUARTER])
            judged[run_id(district, WHOLE_QUARTER)] = judge(district, requests, WHOLE_QUARTER)
        settle(connection)
        drawn = time.monotonic()
        method.build()
        say(
            f"{setting}: {len(judged)} districts drawn in {drawn - began:.0f} s, judged in {time.monotonic() - drawn:.0f} s"
        )
        yield from _paired(method.read(connection), judged)


def _paired(seen: dict[str, method.Seen], judged: dict[str, Judged]) -> Iterator[Result]:
    """The method beside the oracle; both must have seen the same.

    Raises:
        RuntimeError: where they did not, since then nothing could be compared.
    """
    for run, known in judged.items():
        made = seen[run]
        if made.n_exposures != known.n_exposures or made.n_events != known.n_events:
            raise RuntimeError(
                f"Run {run}: the models saw exposures {dict(made.n_exposures)} and events {dict(made.n_events)}, "
                f"the district has {dict(known.n_exposures)} and {dict(known.n_events)}."
            )
        yield Result(Verdict(made.q, known.planted), known)


def say(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
