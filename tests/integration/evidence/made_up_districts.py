"""Districts in which the truth about actions is known, and the models of their effect run on them as dbt would."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import psycopg
import yaml
from jinja2 import Environment
from numpy.typing import NDArray

from schoolward.dbt_adapter import project_path

FIRST_WEEK = date(2024, 9, 2)
N_SCHOOLS, N_WEEKS = 120, 60
BREACH = 1.6
"""Limit of the made-up indicator, lower is better: one value in ten is beyond it."""

_INPUTS = """
create schema made_up;
create table made_up.alert_response (
    alert_key text, rule_id text, school_key text, unit_id text, answer text, answered_on date);
create table made_up.int_underserved__rule_week (
    rule_id text, scope_id text, school_key text, unit_id text, week_start_on date, value numeric, numerator numeric,
    denominator numeric, status text);
create table made_up.dim_week as
    select %(first)s::date + 7 * no as week_start_on, true as is_complete from generate_series(0, %(last)s) as one (no);
create table made_up.dim_as_of as
    select %(today)s::date as as_of_on, %(today)s::timestamptz as as_of_at, 'UTC' as timezone;
create table made_up.underserved_rules as select 'service_ageing' as rule_id, 'D3.4' as indicator_id;
create table made_up.dim_indicator as select 'D3.4' as indicator_id, 'Ageing' as indicator_name, 'lower' as direction;
create table made_up.dim_school as select null as school_key, null as school_name;
create table made_up.dim_service_unit as select null as unit_id, null as unit_name;
"""


@dataclass(frozen=True, slots=True)
class MadeUpDistrict:
    """One district, which is one unit: a value of each school in each week, and the schools somebody acted for.

    Attributes:
        values: schools x weeks; lower is better.
        acts: (school, week) of every action.
    """

    unit: str
    values: NDArray[np.float64]
    acts: tuple[tuple[int, int], ...]


def draw(seed: int, *, effect: float) -> MadeUpDistrict:
    """A district whose schools differ for good (standard deviation 0.8) and waver about it (1.0, 0.7 from week to week).

    A school is flagged when it is beyond the limit in two of three weeks and in the last of them; for four flags in ten
    somebody acts up to two weeks later, and from the week after its value is lower by ``effect`` for good.
    """
    rng = np.random.default_rng(seed)
    wavering = np.zeros((N_SCHOOLS, N_WEEKS))
    wavering[:, 0] = rng.normal(size=N_SCHOOLS)
    for week in range(1, N_WEEKS):
        wavering[:, week] = 0.7 * wavering[:, week - 1] + np.sqrt(1 - 0.7**2) * rng.normal(size=N_SCHOOLS)
    values = rng.normal(scale=0.8, size=(N_SCHOOLS, 1)) + wavering
    is_breached = values > BREACH
    acts = []
    for school in range(N_SCHOOLS):
        week = 8
        while week < N_WEEKS - 10:
            if is_breached[school, week] and is_breached[school, week - 2 : week + 1].sum() >= 2:
                if rng.random() < 0.4:
                    acts.append((school, week + int(rng.integers(0, 3))))
                week += 13
            week += 1
    for school, week in acts:
        values[school, week + 1 :] -= effect
    return MadeUpDistrict(f"unit-{seed}", np.round(values, 6), tuple(acts))


def measure(connection: psycopg.Connection[Any], districts: list[MadeUpDistrict]) -> dict[str, dict[str, Any]]:
    """What ``alert_action_effect`` says of every action, by its key ``<unit>/<school>/<week>``."""
    connection.execute("drop schema if exists made_up cascade")
    today = FIRST_WEEK + timedelta(weeks=N_WEEKS)
    inputs = _INPUTS % {"first": f"'{FIRST_WEEK}'", "last": N_WEEKS - 1, "today": f"'{today}'"}
    connection.execute(inputs)  # type: ignore[arg-type]
    cursor = connection.cursor()
    with cursor.copy("copy made_up.int_underserved__rule_week from stdin") as copy:
        for d in districts:
            for (school, week), value in np.ndenumerate(d.values):
                key, on = f"{d.unit}-{school}", FIRST_WEEK + timedelta(weeks=week)
                copy.write_row(("service_ageing", f"{key}/{d.unit}", key, d.unit, on, str(value), None, None, "ok"))
    with cursor.copy("copy made_up.alert_response from stdin") as copy:
        for d in districts:
            for school, week in d.acts:
                on = FIRST_WEEK + timedelta(weeks=week, days=2)
                key = f"{d.unit}/{school}/{week}"
                copy.write_row((key, "service_ageing", f"{d.unit}-{school}", d.unit, "act", on))
    connection.execute("analyze made_up.int_underserved__rule_week")
    connection.execute("set enable_nestloop = off")  # as the model's pre-hook join_by_hash does
    for folder, name in (
        ("indicators", "int_action_effect__window"),
        ("indicators", "int_action_effect__school"),
        ("marts", "alert_action_effect"),
    ):
        connection.execute(f"create table made_up.{name} as {_sql(folder, name)}")  # type: ignore[arg-type]
    rows = cursor.execute("select * from made_up.alert_action_effect").fetchall()
    columns = [column.name for column in cursor.description or ()]
    return {row["alert_key"]: row for row in (dict(zip(columns, values, strict=True)) for values in rows)}


def rendered(text: str) -> str:
    """SQL of the project with its references to schema ``made_up``, for a table made afresh."""
    project = project_path()
    variables = yaml.safe_load((project / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
    macros = "".join(
        (project / "macros" / f"{name}.sql").read_text(encoding="utf-8") for name in ("time", "sentences", "intervals")
    )
    environment = Environment(autoescape=False)  # noqa: S701 - SQL, no page
    environment.globals |= {
        "ref": lambda name: f"made_up.{name}", "var": variables.__getitem__, "config": lambda **_: "",
        "is_incremental": lambda: False,
    }  # fmt: skip
    return environment.from_string(macros + text).render()


def _sql(folder: str, name: str) -> str:
    path = project_path() / "models" / folder / "evidence" / f"{name}.sql"
    return rendered(path.read_text(encoding="utf-8"))
