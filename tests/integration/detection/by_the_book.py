"""The comparison of schools worked out plainly: a loop over the minutes of each stratum, then numpy over the schools.

Slow and short on purpose: nothing here is shared with the SQL, so that an agreement means something.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats
from statsmodels.stats.multitest import multipletests

Floats = npt.NDArray[np.float64]
SUSPECT_Q = 0.20
RATES = (0.55, 0.65, 0.75, 0.85)


@dataclass(frozen=True, slots=True)
class Wait:
    """One request at risk on (entry, exit], in whole minutes, on one clock."""

    clock: str
    school: str
    unit: str
    kind: str
    week: int
    stratum: int
    entry: int
    exit: int
    is_event: bool
    weight: float


def frame(waits: Sequence[Wait]) -> pd.DataFrame:
    return pd.DataFrame([{name: getattr(wait, name) for name in Wait.__slots__} for wait in waits])


def observed_expected(waits: pd.DataFrame) -> pd.DataFrame:
    """By clock, school, unit and week: observed and expected events; by clock and school the variance, in ``attrs``."""
    expected = pd.Series(0.0, index=waits.index)
    variance: dict[tuple[str, str], float] = {}
    for (clock, _stratum), group in waits.groupby(["clock", "stratum"]):
        for minute in sorted(set(group.exit[group.is_event])):
            risk = group[(group.entry < minute) & (group.exit >= minute)]
            events = risk[risk.is_event & (risk.exit == minute)]
            n, d, total, squares = len(risk), len(events), risk.weight.sum(), (risk.weight**2).sum()
            step = events.weight.sum() / total
            correction = (n - d) / (n - 1) if n > 1 else 0.0
            expected.loc[risk.index] += risk.weight * step
            for school, own in risk.groupby("school"):
                w, q = own.weight.sum(), (own.weight**2).sum()
                part = step * correction * (q - 2 * w / total * q + (w / total) ** 2 * squares)
                variance[clock, str(school)] = variance.get((clock, str(school)), 0.0) + part
    cells = waits.assign(observed=waits.weight * waits.is_event, expected=expected)
    summed = cells.groupby(["clock", "school", "unit", "kind", "week"], as_index=False)[["observed", "expected"]].sum()
    summed.attrs["variance"] = variance
    return summed


def scores(cells: pd.DataFrame) -> pd.DataFrame:
    """A row a clock and school, with the columns of detection_score that are compared."""
    return pd.concat([_clock(part, cells.attrs["variance"]) for _clock_name, part in cells.groupby("clock")])


def _clock(cells: pd.DataFrame, variances: dict[tuple[str, str], float]) -> pd.DataFrame:
    clock = cells.clock.iloc[0]
    told = cells.groupby("school")[["observed", "expected"]].sum()
    observed, expected = told.observed.to_numpy(), told.expected.to_numpy()
    variance = np.array([variances.get((clock, school), 0.0) for school in told.index])
    variance[variance <= 1e-9 * expected] = 0.0
    rate = np.divide(observed, expected, out=np.zeros_like(observed), where=expected > 0)
    above = below = of_clusters = 0.0
    sizes = np.full_like(expected, np.nan)
    for i, school in enumerate(told.index):
        if expected[i] > 0:
            own = cells[cells.school == school].groupby(["unit", "week"])[["observed", "expected"]].sum()
            above += float(((own.observed - rate[i] * own.expected) ** 2).sum())
            below += float(rate[i] * variance[i] * (1 - (own.expected**2).sum() / expected[i] ** 2))
            of_clusters += float(((rate[i] * own.expected * (1 - own.expected / expected[i])) ** 2).sum())
            sizes[i] = (own.expected**2).sum()
    dispersion = max(above / below, 1.0) if below != 0 else 1.0
    cluster_variance = max((above - below) / of_clusters, 0.0) if of_clusters != 0 else 0.0
    known = variance > 0
    safe = np.where(known, variance, 1.0)
    elsewhere = np.where(known, np.maximum(observed + (expected - observed) * expected / safe, expected / 4), expected)
    independent = np.where(known, safe / np.where(expected > 0, expected, 1.0), np.nan)
    by_size = 1 + cluster_variance * sizes / np.where(known, variance, np.nan)
    o, e, centre, between = _effective(observed, expected, elsewhere, independent / dispersion)
    o_by_size, e_by_size, centre_by_size, between_by_size = _effective(
        observed, expected, elsewhere, independent / by_size
    )
    z = _z(o, e)
    p = stats.norm.sf(z)
    low, high = _byar(o)
    return pd.DataFrame(
        {
            "clock": clock, "school": told.index, "observed": observed, "expected": expected, "variance": variance,
            "dispersion": dispersion, "cluster_variance": cluster_variance, "dispersion_by_size": by_size,
            "centre_by_size": centre_by_size, "between_school_sd_by_size": np.sqrt(between_by_size),
            "z_by_size": _z(o_by_size, e_by_size), "centre": centre, "between_school_sd": np.sqrt(between),
            "effective_observed": np.nan_to_num(o), "effective_expected": np.nan_to_num(e), "z": z, "p": p, "q": q_values(p),
            "ratio_low": low / e, "ratio_high": high / e, "shrunken_ratio": _shrunken(o, e),
            "e_value": np.mean([np.exp(o * np.log(rate) + (1 - rate) * e) for rate in RATES], axis=0),
        }
    )  # fmt: skip


def _effective(
    observed: Floats, expected: Floats, elsewhere: Floats, information: Floats
) -> tuple[Floats, Floats, float, float]:
    """Effective observed and expected, the centre, and the variance between schools, of so much information."""
    first_q = q_values(stats.norm.sf(_z(observed * information, elsewhere * information)))
    calm = first_q > SUSPECT_Q
    centre = (observed * information)[calm].sum() / (elsewhere * information)[calm].sum() if calm.any() else 1.0
    elsewhere_centred = elsewhere * centre
    z = _z(observed * information, elsewhere_centred * information)
    fast = z < 0
    between = 0.0
    if fast.any():
        between = max(0.0, (z[fast] ** 2 - 1).sum() / np.maximum((observed * information)[fast], 1).sum())
    information = information / (1 + between * information * expected)
    return observed * information, elsewhere_centred * information, centre, between


def q_values(p: Floats) -> Floats:
    """statsmodels' Benjamini-Hochberg; what is not a number stays out."""
    q = np.full_like(p, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = multipletests(p[known], method="fdr_bh")[1]
    return q


def simes(p: Sequence[float]) -> float:
    known = np.sort([value for value in p if not np.isnan(value)])
    return float(np.min(known * len(known) / np.arange(1, len(known) + 1))) if len(known) else float("nan")


def joint(told: pd.DataFrame) -> pd.DataFrame:
    """Both clocks of one comparison as one question: from detection_score's rows to detection_school_run's, by school."""
    pairs = told.assign(z=told.z_by_size.where(told.is_testable.astype(bool))).pivot(
        index="school_key", columns="clock"
    )
    deviates = pairs.z.reindex(columns=["resolution", "response"]).astype(float)
    least_p = stats.norm.sf(deviates.max(axis=1))
    calm = deviates[(q_values(least_p) > SUSPECT_Q) & deviates.notna().all(axis=1)]
    varies = len(calm) > 1 and bool((calm.std(ddof=0) > 1e-6).all())
    rho = float(np.clip(np.corrcoef(calm.resolution, calm.response)[0, 1], 0, 0.95)) if varies else 0.95
    z = deviates.sum(axis=1, min_count=1)
    z = z.where(deviates.notna().sum(axis=1) < 2, z / np.sqrt(2 + 2 * rho))
    p = stats.norm.sf(z)
    simes_p = np.array([simes(list(own)) for own in pairs.p.astype(float).to_numpy()])
    return pd.DataFrame(
        {
            "correlation": rho, "least_p": least_p, "z": z, "p": p, "q": q_values(p), "simes_p": simes_p,
            "simes_q": q_values(np.where(np.isnan(p), np.nan, simes_p)),
        },
        index=pairs.index,
    )  # fmt: skip


def _z(observed: Floats, expected: Floats) -> Floats:
    """That of Wilson & Hilferty, as statistics.md has it."""
    o = np.maximum(observed, 1)
    result: Floats = 3 * np.sqrt(o) * (np.cbrt(expected / o) - 1 + 1 / (9 * o))
    return result


def _byar(count: Floats) -> tuple[Floats, Floats]:
    point = stats.norm.ppf(0.975)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = np.where(count > 0, count * np.maximum(1 - 1 / (9 * count) - point / (3 * np.sqrt(count)), 0) ** 3, 0.0)
    above = count + 1
    return np.where(np.isnan(count), np.nan, low), above * (1 - 1 / (9 * above) + point / (3 * np.sqrt(above))) ** 3


def _shrunken(o: Floats, e: Floats) -> Floats:
    known = ~np.isnan(e)
    if not known.any():
        return np.full_like(o, np.nan)
    mean = o[known].sum() / e[known].sum()
    spread = (e[known] * (o[known] / e[known] - mean) ** 2).sum() / e[known].sum() - mean / e[known].mean()
    s2 = max(spread, 1e-4)
    result: Floats = (o + mean**2 / s2) / (e + mean / s2)
    return result


def kind_numbers(waits: Sequence[Wait]) -> dict[tuple[str, str], int]:
    """An even number for each unit and type; the odd one after it is that of the response clock."""
    return {name: 2 * n for n, name in enumerate(sorted({(w.unit, w.kind) for w in waits}))}


def rows(waits: Sequence[Wait], run_id: str) -> list[tuple[Any, ...]]:
    """The waits as the method's input reads them, in the order of ``COLUMNS``."""
    schools = {name: n for n, name in enumerate(sorted({w.school for w in waits}))}
    kinds = kind_numbers(waits)
    strata = {name: n for n, name in enumerate(sorted({(w.clock, w.stratum) for w in waits}))}
    monday = pd.Timestamp("2026-01-26")
    return [
        (
            run_id, w.clock, w.school, schools[w.school], w.unit, w.kind, (monday + pd.Timedelta(weeks=w.week)).date(),
            strata[w.clock, w.stratum], kinds[w.unit, w.kind] + (w.clock == "response"), w.entry, w.exit, w.is_event, w.weight,
        )
        for w in waits
    ]  # fmt: skip


COLUMNS = (
    "run_id text, clock text, school_key text, school_no int, unit_id text, request_type text, opened_week date,"
    " stratum_no bigint, kind_no bigint, entry_minutes bigint, exit_minutes bigint, is_event boolean, weight double precision"
)
