"""Runs of Airflow's scheduler that the demo asks for or waits for."""

import json
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from schoolward.errors import SchoolwardError
from schoolward.home import home
from schoolward.platform.airflow_api import AirflowApi

ROUND_WITHIN_S = 600.0
POLL_S = 1.5  # each question costs the api-server time that the tasks want
_ENDED = frozenset({"success", "failed"})


class ScheduledRuns:
    """Triggers DAGs and follows every run there is, from the moment it is made.

    A task that fails once ends the demo: on one machine, between our own processes, a failure is a fault to look at, not
    weather to wait out.
    """

    def __init__(self, api: AirflowApi, say: Callable[[str], None]) -> None:
        self._api = api
        self._say = say
        self._since = datetime.now(UTC).isoformat()
        self._told: set[str] = set()

    def trigger_and_wait(self, dag_ids: Collection[str]) -> None:
        """Ask for a run of each DAG and wait until those runs have ended well.

        Raises:
            SchoolwardError: naming the first task that failed, its last words and its log.
        """
        asked = {(dag_id, self._api.trigger(dag_id)) for dag_id in dag_ids}
        self._wait(lambda states: all(states.get(one) in _ENDED for one in asked))

    def settle(self) -> None:
        """Wait until nothing runs and no asset event waits to start anything.

        Raises:
            SchoolwardError: as :meth:`trigger_and_wait`.
        """
        n_seen = -1

        def is_quiet(states: dict[tuple[str, str], str]) -> bool:
            nonlocal n_seen
            if not all(state in _ENDED for state in states.values()):
                return False
            if any(self._api.queued_assets(dag_id) for dag_id in ("transform", "alert")):
                return False
            # An event may have become a run between the two questions: quiet is what is quiet twice.
            n_before, n_seen = n_seen, len(states)
            return n_before == n_seen

        self._wait(is_quiet)

    def _wait(self, is_done: Callable[[dict[tuple[str, str], str]], bool]) -> None:
        deadline = time.monotonic() + ROUND_WITHIN_S
        while True:
            runs = self._api.runs(self._since)
            states = {(run["dag_id"], run["dag_run_id"]): str(run["state"]) for run in runs}
            self._fail_on_failure()
            self._tell_ended(runs)
            if is_done(states):
                return
            if time.monotonic() > deadline:
                open_runs = sorted({dag_id for (dag_id, _), state in states.items() if state not in _ENDED})
                raise SchoolwardError(
                    f"After {ROUND_WITHIN_S:.0f} s these DAGs had not ended: {', '.join(open_runs)}. Look at {home() / 'logs' / 'scheduler.log'}."
                )
            time.sleep(POLL_S)

    def _tell_ended(self, runs: list[dict[str, Any]]) -> None:
        for run in runs:
            if run["state"] in _ENDED and run["dag_run_id"] + run["dag_id"] not in self._told:
                self._told.add(run["dag_run_id"] + run["dag_id"])
                took = datetime.fromisoformat(run["end_date"]) - datetime.fromisoformat(run["start_date"])
                self._say(f"{run['dag_id']} has ended well ({took.total_seconds():.0f} s)")

    def _fail_on_failure(self) -> None:
        failed = self._api.failed_tasks(self._since)
        if not failed:
            return
        task = failed[0]
        log = log_file(task)
        words = last_words(log)
        name = " ".join(filter(None, (task["dag_id"], task["task_id"], str(task.get("rendered_map_index") or ""))))
        # The task's own last line names it already, in the same words.
        what = words if words.startswith(f"{name} failed") else f"{name} failed: {words or 'it left no message.'}"
        raise SchoolwardError(f"{what} Its log is {log}.")


def log_file(task: dict[str, Any]) -> Path:
    """Where Airflow wrote the log of a task instance's last attempt."""
    folder = home() / "airflow" / "logs" / f"dag_id={task['dag_id']}" / f"run_id={task['dag_run_id']}"
    folder /= f"task_id={task['task_id']}"
    if task.get("map_index", -1) >= 0:
        folder /= f"map_index={task['map_index']}"
    return folder / f"attempt={max(int(task.get('try_number') or 1), 1)}.log"


def last_words(log: Path) -> str:
    """The last error message of a task's log (lines of JSON), or an empty text."""
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    for line in reversed(lines):
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict) and entry.get("level") in {"error", "critical"}:
            return " ".join(str(entry.get("event", "")).split())
    return ""
