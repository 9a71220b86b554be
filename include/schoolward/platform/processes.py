"""The platform's processes, declared once: docker-compose.yml has a service of the same name and command for each."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests


@dataclass(frozen=True, slots=True)
class Process:
    """One process of the platform.

    Attributes:
        name: of the service, its log and its line in ``status``.
        command: what is run; the first word is looked up beside the running Python.
        component: how Airflow's health report calls it.
        stop_within_s: seconds it may take to end by itself before it is killed.
    """

    name: str
    command: tuple[str, ...]
    component: str
    stop_within_s: float = 12.0

    def local_command(self) -> tuple[str, ...]:
        """The command with its program's full path in this Python environment."""
        return (str(Path(sys.executable).parent / self.command[0]), *self.command[1:])


POSTGRES = "postgres"

# Logs are read from the files by the api-server: with the LocalExecutor nothing else needs to serve them.
AIRFLOW_PROCESSES = (
    Process("api-server", ("airflow", "api-server"), "metadatabase"),
    Process("scheduler", ("airflow", "scheduler", "--skip-serve-logs"), "scheduler"),
    Process("dag-processor", ("airflow", "dag-processor"), "dag_processor"),
    Process("triggerer", ("airflow", "triggerer", "--skip-serve-logs"), "triggerer", 2.0),  # else it idles for 10 s
)


def airflow_health(base_url: str) -> dict[str, str]:
    """Status of every component as the api-server sees it; empty when the api-server does not answer."""
    try:
        answer = requests.get(f"{base_url}/api/v2/monitor/health", timeout=5)
        report: dict[str, Any] = answer.json() if answer.ok else {}
    except (requests.RequestException, ValueError):
        return {}
    return {component: str(state.get("status")) for component, state in report.items() if isinstance(state, dict)}
