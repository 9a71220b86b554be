"""The whole platform, started once: PostgreSQL, Airflow's own processes, the sample district's source systems and mailbox."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import pytest
import requests

from schoolward.district import District, load_district
from schoolward.platform.airflow_api import AirflowApi
from schoolward.platform.demo_runs import ScheduledRuns, log_file
from schoolward.platform.local import LocalPlatform
from schoolward.platform.sample_home import SampleHome
from schoolward.platform.sample_systems import SampleSystems
from schoolward.warehouse.connection import connect

ENDED = {"success", "failed"}


@dataclass(frozen=True)
class Run:
    """A DAG run that has ended, or has got as far as a test waits for."""

    dag_id: str
    run_id: str
    state: str
    tasks: list[dict[str, Any]]

    def states(self, task_id: str) -> dict[str, str]:
        """State by name of the mapped task (its own name if it is not mapped)."""
        ours = [task for task in self.tasks if task["task_id"] == task_id]
        return {task["rendered_map_index"] or task_id: task["state"] for task in ours}

    def last_line(self, task_id: str, label: str | None = None) -> str:
        """The last line a person sees of a task's log; marks of its folding are no lines."""
        [task] = [t for t in self.tasks if t["task_id"] == task_id and t["rendered_map_index"] in (label, None)]
        entries = [json.loads(line) for line in log_file(task).read_text().splitlines()]
        events = [str(entry["event"]) for entry in entries]
        return [event for event in events if not event.startswith(("::group::", "::endgroup::"))][-1]


@dataclass
class Platform:
    """The running platform and the ways to drive it."""

    api: AirflowApi
    district: District
    mailbox: Path
    replay: Mapping[str, str]
    """Base URL by sample system."""

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        return self.api.trigger(dag_id, conf)

    def wait(self, dag_id: str, run_id: str, *, until: Any = None, within_s: float = 240) -> Run:
        """The run once it has ended, or once ``until(run)`` holds."""
        deadline = time.monotonic() + within_s
        while True:
            path = f"/dags/{dag_id}/dagRuns/{run_id}"
            state = self.api._get(path)["state"]
            run = Run(dag_id, run_id, state, self.api._get(f"{path}/taskInstances", limit=100)["task_instances"])
            if until(run) if until else state in ENDED:
                return run
            assert time.monotonic() < deadline, f"{dag_id} is still {state} after {within_s} s: {run.tasks}"
            time.sleep(0.5)

    def run(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> Run:
        """Trigger a DAG and wait for its end."""
        return self.wait(dag_id, self.trigger(dag_id, conf))

    def give_up(self, dag_id: str, run_id: str) -> None:
        """End a run that would be tried again."""
        self.api._call("PATCH", f"/dags/{dag_id}/dagRuns/{run_id}", json={"state": "failed"})

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """All runs of a DAG so far, oldest first."""
        return list(self.api._get(f"/dags/{dag_id}/dagRuns", limit=100, order_by="id")["dag_runs"])

    def ended(self, dag_id: str) -> list[Run]:
        """All runs of a DAG so far with their tasks, once they have ended."""
        return [self.wait(dag_id, run["dag_run_id"]) for run in self.runs(dag_id)]

    def ask(self, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Rows of the warehouse."""
        with connect("owner") as connection:
            return connection.execute(query.encode(), parameters).fetchall()

    def faults(self, system: str, *faults: Mapping[str, Any]) -> None:
        """What a source system does wrong from now on."""
        requests.post(f"{self.replay[system]}/_replay/faults", json=list(faults), timeout=10).raise_for_status()


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """Lakeside at its first checkpoint, nothing pulled yet.

    Not below pytest's own folder: root's PostgreSQL runs as another user, and pytest shuts that folder to others.
    """
    with mock.patch.dict(os.environ), TemporaryDirectory(prefix="schoolward end to end ") as folder:
        for name in [name for name in os.environ if name.startswith(("SCHOOLWARD_", "AIRFLOW_"))]:
            del os.environ[name]
        os.environ["SCHOOLWARD_HOME"] = folder
        sample_home, systems = SampleHome.choose("lakeside"), SampleSystems(print)
        local = LocalPlatform(print, systems)
        try:
            local.start(sample_home.start_making(print))
            connections = {
                name: json.loads(systems.connections()[f"AIRFLOW_CONN_{name.upper()}"])
                for name in ("sis", "helpdesk", "facilities_desk", "files")
            }
            replay = {name: f"http://{fields['host']}:{fields['port']}" for name, fields in connections.items()}
            api = AirflowApi(local.airflow_url)
            district = load_district()
            _wait_for_dags(api, {f"ingest_{source.name}" for source in district.sources})
            yield Platform(api, district, systems.mailbox, replay)
        finally:
            local.stop()


@pytest.fixture(scope="module")
def first_pull(platform: Platform) -> dict[str, Run]:
    """Every source pulled once, and everything that followed from it ended; the first failure of a task ends the wait."""
    began = time.monotonic()
    dag_ids = {source.name: f"ingest_{source.name}" for source in platform.district.sources}
    scheduled = ScheduledRuns(platform.api, print)
    scheduled.trigger_and_wait(dag_ids.values())
    scheduled.settle()
    print(f"The first pull and what followed took {time.monotonic() - began:.0f} s")
    return {name: platform.wait(dag_id, platform.runs(dag_id)[-1]["dag_run_id"]) for name, dag_id in dag_ids.items()}


def _wait_for_dags(api: AirflowApi, wanted: set[str], within_s: float = 120) -> None:
    deadline = time.monotonic() + within_s
    while not wanted <= api.dag_ids():
        assert time.monotonic() < deadline, api.import_errors()
        time.sleep(0.5)


@pytest.fixture
def no_select_on_orgs(platform: Platform) -> Iterator[None]:
    """The models may not read the schools."""
    with connect("owner") as connection:
        connection.execute("revoke select on raw_oneroster.orgs from schoolward_transformer")
    yield
    with connect("owner") as connection:
        connection.execute("grant select on raw_oneroster.orgs to schoolward_transformer")
