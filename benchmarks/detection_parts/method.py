"""The method under test: the product's own models, built through its one door to dbt on what was landed."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.detection_parts.landing import Connection

from schoolward import dbt_adapter
from schoolward.sample.simulate import Clock

MODELS = "tag:detection_method,resource_type:model"
PERSISTENCE = tuple(
    f"{model},resource_type:model"
    for model in (
        "dim_indicator_limit",
        "stg_csv_drop__toa_rule",
        "dim_underserved_rule",
        "detection_run",
        "detection_school_week",
    )
)
"""What turns weekly comparisons into a flag, by the defaults of :data:`CATALOGUE`."""
CATALOGUE = "path:seeds/indicators.csv,resource_type:seed path:seeds/underserved_rules.csv,resource_type:seed"
FLAG_LEVEL = 0.10
"""A school is flagged by one run where its q is no higher."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the models made of one run: q by testable school, and the exposures and events of each clock that they saw."""

    q: Mapping[str, float]
    n_exposures: Mapping[Clock, int]
    n_events: Mapping[Clock, int]


def build(*selected: str) -> None:
    """Build the models of the method, or those that dbt's selectors name.

    Raises:
        SchoolwardError: naming what failed.
    """
    dbt_adapter.build(" ".join(selected) or MODELS)


def read(connection: Connection) -> dict[str, Seen]:
    """What was built, by run."""
    q: dict[str, dict[str, float]] = defaultdict(dict)
    for run, school, value in connection.execute(
        "select run_id, school_key, q from indicators.detection_school_run where is_testable"
    ):
        q[str(run)][str(school)] = float(str(value))
    n_exposures: dict[str, dict[Clock, int]] = defaultdict(dict)
    n_events: dict[str, dict[Clock, int]] = defaultdict(dict)
    for run, clock, n, n_happened in connection.execute(
        "select run_id, clock, count(*), count(*) filter (where is_event) from indicators.int_detection__exposure group by 1, 2"
    ):
        n_exposures[str(run)][Clock(str(clock))] = int(str(n))
        n_events[str(run)][Clock(str(clock))] = int(str(n_happened))
    return {run: Seen(q[run], n_exposures[run], n_events[run]) for run in n_exposures}
