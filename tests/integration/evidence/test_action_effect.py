"""What the effect of an action says where the truth is known: districts in which actions do nothing, or something."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from made_up_districts import MadeUpDistrict, draw, measure, rendered
from scipy import stats

from schoolward.warehouse.connection import connect

N_DISTRICTS = int(os.environ.get("SCHOOLWARD_EFFECT_DISTRICTS", "8"))
CALIPER, MOST_LIKE, FEWEST_LIKE = 0.75, 20, 5


@dataclass
class Measured:
    """Districts of one true effect, and the mart's rows of every action in them."""

    districts: list[MadeUpDistrict]
    rows: dict[str, dict[str, Any]]

    def column(self, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Values of the actions that could be compared."""
        return np.array([float(r[name]) for r in self.rows.values() if r["status"] != "insufficient_data"])

    def share(self, status: str) -> float:
        said = [r["status"] for r in self.rows.values() if r["status"] != "insufficient_data"]
        return said.count(status) / len(said)


@pytest.fixture(scope="module")
def effects(warehouse: SimpleNamespace) -> Iterator[dict[float, Measured]]:
    """Measured districts by the true effect of their actions."""
    with connect("owner", autocommit=True) as connection:
        found = {}
        for effect, first_seed in ((0.0, 100), (2.5, 500)):
            districts = [draw(seed, effect=effect) for seed in range(first_seed, first_seed + N_DISTRICTS)]
            found[effect] = Measured(districts, measure(connection, districts))
        yield found


def test_an_action_that_does_nothing_is_not_told_as_help(effects: dict[float, Measured]) -> None:
    """Before against after finds an improvement that nobody brought about; against the like it is gone."""
    nothing = effects[0.0]
    assert len(nothing.column("change")) >= 12 * N_DISTRICTS
    assert nothing.column("change").mean() < -0.1
    assert nothing.column("difference").mean() > -0.05
    assert nothing.share("better") <= 0.06


def test_the_interval_holds_the_truth_nineteen_times_in_twenty(effects: dict[float, Measured]) -> None:
    for truth, measured in effects.items():
        holds = (measured.column("difference_low") <= -truth) & (-truth <= measured.column("difference_high"))
        assert holds.mean() >= 0.9, truth


def test_an_action_that_helps_much_is_mostly_told_as_help(effects: dict[float, Measured]) -> None:
    assert effects[2.5].share("better") > 0.5
    assert effects[2.5].share("worse") == 0


def test_every_number_is_that_of_a_plain_account(effects: dict[float, Measured]) -> None:
    n_compared = 0
    for measured in effects.values():
        for d in measured.districts:
            for school, week in d.acts:
                row = measured.rows[f"{d.unit}/{school}/{week}"]
                told = _plain_account(d, school, week)
                assert row["n_like"] == told["n_like"], row["alert_key"]
                if told["n_like"] >= FEWEST_LIKE:
                    n_compared += 1
                    for name in ("change", "like_change", "difference", "n_like_better_as_much", "trend_before"):
                        assert float(row[name]) == pytest.approx(told[name], abs=2e-4), (row["alert_key"], name)
                    half_width = float(row["difference_high"] - row["difference_low"]) / 2
                    assert half_width == pytest.approx(told["half_width"], rel=1e-3)
                else:
                    assert row["lacks"] == "like_schools"
    assert n_compared >= 24 * N_DISTRICTS


def _plain_account(d: MadeUpDistrict, school: int, week: int) -> dict[str, float]:
    """The same by numpy, one action at a time."""
    before, last = d.values[:, week - 6 : week].mean(axis=1), d.values[:, week - 2 : week].mean(axis=1)
    change = d.values[:, week + 2 : week + 8].mean(axis=1) - before
    apart = [np.abs(x - x[school]) / x.std(ddof=1) for x in (before, last)]
    acted_for = {s for s, w in d.acts if week - 6 <= w < week + 8}
    near = [s for s in range(len(change)) if s not in acted_for | {school} and max(x[s] for x in apart) <= CALIPER]
    near = sorted(near, key=lambda s: apart[0][s] ** 2 + apart[1][s] ** 2)[:MOST_LIKE]
    like = change[near]
    m = len(like)
    told = {"n_like": m, "change": change[school]}
    if m >= FEWEST_LIKE:
        told |= {
            "like_change": like.mean(),
            "difference": change[school] - like.mean(),
            "half_width": stats.t.ppf(0.975, m - 1) * like.std(ddof=1) * np.sqrt(1 + 1 / m),
            "n_like_better_as_much": int((like <= change[school]).sum()),
            "trend_before": np.polyfit(np.arange(-6, 0), d.values[school, week - 6 : week], 1)[0],
        }
    return told


def test_the_quantile_of_t_is_that_of_scipy(warehouse: SimpleNamespace) -> None:
    quantile = rendered("{{ student_t_975('df') }}")
    with connect("owner") as connection:
        rows = connection.execute(
            f"select df, {quantile} from generate_series(1, 60) as one (df)"  # type: ignore[arg-type]
        ).fetchall()
    assert len(rows) == 60
    for df, found in rows:
        truth = stats.t.ppf(0.975, df)
        assert found <= truth
        if df >= FEWEST_LIKE - 1:
            assert found == pytest.approx(truth, rel=4e-4), df
