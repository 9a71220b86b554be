"""The few calls of Airflow's REST API that the platform makes, signed in as the admin."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import requests

from schoolward.errors import SchoolwardError
from schoolward.home import home
from schoolward.platform.settings import ADMIN
from schoolward.secrets import secret

PATIENCE_S = 120.0


class AirflowApi:
    """A signed-in client of one api-server; the token is renewed when it has expired."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False  # a proxy has no business between two processes of one machine

    def dag_ids(self) -> set[str]:
        """Ids of the DAGs that have been parsed and stored."""
        return {dag["dag_id"] for dag in self._get("/dags", limit=1000)["dags"]}

    def import_errors(self) -> dict[str, str]:
        """Last line of the error, by DAG file that cannot be imported."""
        errors = self._get("/importErrors", limit=100)["import_errors"]
        return {error["filename"]: str(error["stack_trace"]).strip().splitlines()[-1] for error in errors}

    def trigger(self, dag_id: str, conf: Mapping[str, Any] | None = None) -> str:
        """Ask the scheduler for a run; returns its id."""
        body = {"logical_date": None, "conf": dict(conf or {})}
        return str(self._call("POST", f"/dags/{dag_id}/dagRuns", json=body)["dag_run_id"])

    def runs(self, since: str) -> list[dict[str, Any]]:
        """Runs of every DAG queued at or after ``since`` (ISO time), oldest first."""
        query = {"order_by": "id", "limit": 1000, "run_after_gte": since}
        return list(self._get("/dags/~/dagRuns", **query)["dag_runs"])

    def failed_tasks(self, since: str) -> list[dict[str, Any]]:
        """Task instances of runs made at or after ``since`` whose last attempt failed, the first to fail first."""
        query = {"state": ["failed", "up_for_retry"], "run_after_gte": since, "limit": 100}
        tasks = self._get("/dags/~/dagRuns/~/taskInstances", **query)["task_instances"]
        return sorted(tasks, key=lambda task: str(task["end_date"] or ""))

    def queued_assets(self, dag_id: str) -> int:
        """Number of asset events that wait to start a run of the DAG."""
        answer = self._send("GET", f"/dags/{dag_id}/assets/queuedEvents")
        return 0 if answer.status_code == 404 else int(_body(answer)["total_entries"])

    def _get(self, path: str, **query: Any) -> dict[str, Any]:
        return self._call("GET", path, params=query)

    def _call(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        return _body(self._send(method, path, **options))

    def _send(self, method: str, path: str, **options: Any) -> requests.Response:
        """One request.

        A refused connection is tried again for a while, since the supervisor restarts a crashed api-server; so is a
        question that a busy api-server leaves unanswered, but never an order, which it may have carried out.
        """
        patience_ends = time.monotonic() + PATIENCE_S
        while time.monotonic() < patience_ends:
            try:
                answer = self._session.request(method, f"{self.base_url}/api/v2{path}", timeout=60, **options)
                if answer.status_code != 401:
                    return answer
                self._sign_in()
            except requests.ConnectionError:
                time.sleep(0.5)
            except requests.Timeout:
                if method != "GET":
                    break
        raise SchoolwardError(f"Airflow's api-server at {self.base_url} does not answer. Its log is {self._log()}.")

    @staticmethod
    def _log() -> Path:
        return home() / "logs" / "api-server.log"

    def _sign_in(self) -> None:
        credentials = {"username": ADMIN, "password": secret("admin_password")}
        answer = self._session.post(f"{self.base_url}/auth/token", json=credentials, timeout=60)
        if not answer.ok:
            raise SchoolwardError(
                f"Airflow at {self.base_url} refuses the admin's password (HTTP {answer.status_code}). "
                "Run `make down` and `make up`: the password of secrets.json is put in place at the start."
            )
        self._session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


def _body(answer: requests.Response) -> dict[str, Any]:
    if not answer.ok:
        raise SchoolwardError(f"Airflow refused {answer.request.method} {answer.url}: HTTP {answer.status_code}.")
    return dict(answer.json())
