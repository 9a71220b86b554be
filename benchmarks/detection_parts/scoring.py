"""From observed and expected to flags, as section by section the method does it, for whoever knows the expectation already.

Deviates follow Wilson and Hilferty, those of the two clocks are added up by their correlation, schools judged by Benjamini and
Hochberg.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from statistics import correlation, pstdev

MINIMUM_EXPECTED = 5.0
"""Effective events a clock must lead to expect of a school, or it says nothing."""
SUSPECT_Q = 0.20
"""Schools are told to be calm, for the clocks' correlation, above this q."""
MOST_CORRELATED = 0.95
"""The highest correlation reckoned with, and that of clocks of which it is not known."""


@dataclass(frozen=True, slots=True)
class Tally:
    """A school's sums on one clock: weighted events, weighted expectation and its variance."""

    observed: float
    expected: float
    variance: float


def deviate(tally: Tally) -> float:
    """How few events there are, in standard deviations; positive is fewer than expected.

    Sums of weighted events count as ``variance / expected`` events each.
    """
    information = tally.variance / tally.expected
    observed, expected = max(tally.observed * information, 1.0), tally.expected * information
    return 3 * sqrt(observed) * ((expected / observed) ** (1 / 3) - 1 + 1 / (9 * observed))


def upper_tail(z: float) -> float:
    """The chance of so large a deviate or a larger one, were nothing the matter."""
    return 0.5 * erfc(z / sqrt(2))


def is_enough(tally: Tally) -> bool:
    return tally.expected > 0 and tally.variance >= MINIMUM_EXPECTED


def benjamini_hochberg(p_values: Mapping[str, float]) -> dict[str, float]:
    """q by school: p × n / rank, and no larger than that of any school with a larger p."""
    least, q_values = 1.0, {}
    ordered = sorted(p_values.items(), key=lambda item: item[1])
    for rank, (school, p) in reversed(list(enumerate(ordered, start=1))):
        least = min(least, p * len(ordered) / rank)
        q_values[school] = least
    return q_values


def calm_correlation(deviates: Mapping[str, Sequence[float]]) -> float:
    """The clocks' correlation over the schools that neither of them makes suspect, of those judged by both.

    What is really slow is so by both clocks and would pass for correlation.
    """
    q_values = benjamini_hochberg({school: upper_tail(max(clocks)) for school, clocks in deviates.items()})
    calm = [clocks for school, clocks in deviates.items() if q_values[school] > SUSPECT_Q and len(clocks) == 2]
    first, second = [clocks[0] for clocks in calm], [clocks[1] for clocks in calm]
    if len(calm) < 2 or min(pstdev(first), pstdev(second)) < 1e-6:
        return MOST_CORRELATED
    return min(max(correlation(first, second), 0.0), MOST_CORRELATED)


def school_q(tallies: Mapping[str, Sequence[Tally]]) -> dict[str, float]:
    """q by school from its clocks' tallies; a clock that says nothing is left out, and a school of which none says anything."""
    deviates = {
        school: said
        for school, clocks in tallies.items()
        if (said := [deviate(tally) for tally in clocks if is_enough(tally)])
    }
    rho = calm_correlation(deviates)
    return benjamini_hochberg(
        {
            school: upper_tail(sum(clocks) / sqrt(2 + 2 * rho) if len(clocks) == 2 else clocks[0])
            for school, clocks in deviates.items()
        }
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """One district's q by school (absent where nothing can be said), and which schools are planted."""

    q: Mapping[str, float]
    planted: frozenset[str]

    def flagged(self, level: float) -> frozenset[str]:
        return frozenset(school for school, q in self.q.items() if q <= level)


@dataclass(frozen=True, slots=True)
class Rates:
    """Over districts: mean share of false ones among the flagged (0 where none is), and share of the planted that are flagged."""

    fdr: float
    recall: float | None


def rates(flagged: Sequence[frozenset[str]], planted: Sequence[frozenset[str]]) -> Rates:
    """What flags are worth, one set a district."""
    false_shares = [
        len(flags - truth) / len(flags) if flags else 0.0 for flags, truth in zip(flagged, planted, strict=True)
    ]
    n_planted = sum(map(len, planted))
    n_found = sum(len(flags & truth) for flags, truth in zip(flagged, planted, strict=True))
    return Rates(sum(false_shares) / len(false_shares), n_found / n_planted if n_planted else None)


def rates_at(verdicts: Sequence[Verdict], level: float) -> Rates:
    return rates([one.flagged(level) for one in verdicts], [one.planted for one in verdicts])


def at_equal_fdr(verdicts: Sequence[Verdict], fdr: float) -> Rates:
    """The best recall of any one level whose realised FDR is no higher than ``fdr``."""
    levels = sorted({q for one in verdicts for q in one.q.values() if q <= 0.5})
    kept = [found for found in (rates_at(verdicts, level) for level in (0.0, *_thinned(levels))) if found.fdr <= fdr]
    return max(kept, key=lambda found: found.recall or 0.0)


def _thinned(levels: Sequence[float], at_most: int = 400) -> Sequence[float]:
    """Evenly chosen ones of many levels, which lie closer together than they can be told apart."""
    step = max(1, len(levels) // at_most)
    return levels[::step]
