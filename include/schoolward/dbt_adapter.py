"""The one door to dbt: builds the models in a process of its own and says in one sentence what failed.

dbt runs as one command, ``dbt build``; the transformer's password reaches it by environment, never by argument. Its
``target`` folder lives under the state folder, so that what one run parsed serves the next.
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from schoolward.errors import SchoolwardError
from schoolward.home import home
from schoolward.warehouse.connection import url

FAILED = frozenset({"error", "fail", "runtime error"})
_LONGEST_MESSAGE = 300


def project_path() -> Path:
    """The folder of the dbt project: ``$SCHOOLWARD_DBT_PROJECT``, else ``dbt_project`` beside ``include``."""
    given = os.environ.get("SCHOOLWARD_DBT_PROJECT")
    return Path(given) if given else Path(__file__).parents[2] / "dbt_project"


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one model, seed or test."""

    name: str
    kind: str
    status: str
    seconds: float
    message: str | None

    @property
    def has_failed(self) -> bool:
        return self.status in FAILED


@dataclass(frozen=True, slots=True)
class BuildSummary:
    """One ``dbt build``; ``str()`` is one line."""

    nodes: tuple[NodeResult, ...]
    seconds: float

    @property
    def n_models(self) -> int:
        return self._count("model", "seed")

    @property
    def n_tests(self) -> int:
        return self._count("test", "unit_test")

    def _count(self, *kinds: str) -> int:
        return sum(node.kind in kinds and node.status in ("success", "pass") for node in self.nodes)

    def __str__(self) -> str:
        return f"dbt: {self.n_models} models and seeds built, {self.n_tests} tests passed, {self.seconds:.1f} s"


def build(
    select: str | None = None,
    *,
    full_refresh: bool = False,
    target_path: Path | None = None,
    with_unit_tests: bool = False,
    with_data_tests: bool = True,
) -> BuildSummary:
    """Build the models, all of them or those a dbt selector names, and test what they hold.

    Args:
        select: dbt node selection, e.g. ``"marts"`` or ``"+school_underserved_week"``.
        full_refresh: rebuild incremental models from nothing (those that must keep their history refuse it themselves).
        target_path: where dbt keeps its parsed project and results; default ``<home>/dbt/target``.
        with_unit_tests: run the models' unit tests too. They test the code, not the data, so a nightly build does without.
        with_data_tests: test what the models hold; without it nothing is looked at, which only a benchmark wants.
    Raises:
        SchoolwardError: naming every node that failed with the first line of its error, or why dbt did not start.
    """
    target = target_path or home() / "dbt" / "target"
    target.mkdir(parents=True, exist_ok=True)
    results = target / "run_results.json"
    results.unlink(missing_ok=True)  # yesterday's results must not speak for a run that never began
    # A test that also asks for models outside the selection would fail where those have never been built.
    chosen = ["--select", select, "--indirect-selection", "buildable"] if select else []
    command = [*_command("build", target), *chosen]
    command += ["--full-refresh"] if full_refresh else []
    command += [] if with_unit_tests else ["--exclude-resource-type", "unit_test"]
    command += [] if with_data_tests else ["--exclude-resource-type", "test"]
    finished = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False)
    if not results.exists():
        raise SchoolwardError(f"dbt did not start: {_reason(finished.stdout + finished.stderr)} {_where(target)}")
    summary = read_results(results)
    failed = [node for node in summary.nodes if node.has_failed]
    if failed:
        named = "; ".join(f"{node.kind} {node.name}: {node.message}" for node in failed)
        n_skipped = sum(node.status == "skipped" for node in summary.nodes)
        skipped = f" {n_skipped} that need them were not built." if n_skipped else ""
        raise SchoolwardError(f"dbt: {len(failed)} failed: {named}.{skipped} {_where(target)}")
    if finished.returncode != 0:
        raise SchoolwardError(f"dbt stopped: {_reason(finished.stdout + finished.stderr)} {_where(target)}")
    return summary


def compiled_project(target_path: Path | None = None) -> dict[str, Any]:
    """dbt's manifest with every model's SQL as the warehouse would get it; builds nothing.

    Raises:
        SchoolwardError: saying why dbt could not compile the project.
    """
    target = target_path or home() / "dbt" / "compiled"
    target.mkdir(parents=True, exist_ok=True)
    finished = subprocess.run(
        _command("compile", target), env=_environment(), capture_output=True, text=True, check=False
    )
    if finished.returncode != 0:
        raise SchoolwardError(
            f"dbt could not compile the project: {_reason(finished.stdout + finished.stderr)} {_where(target)}"
        )
    document: dict[str, Any] = json.loads((target / "manifest.json").read_text(encoding="utf-8"))
    return document


def read_results(path: Path) -> BuildSummary:
    """The summary of a ``run_results.json``."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    nodes = tuple(_node(result) for result in document["results"])
    return BuildSummary(nodes, float(document["elapsed_time"]))


def _node(result: dict[str, Any]) -> NodeResult:
    kind, _, name = result["unique_id"].split(".", 2)
    if kind == "test":
        name = name.partition(".")[0]  # a generic test's id ends in a hash
    return NodeResult(name, kind, result["status"], float(result["execution_time"]), _first_line(result["message"]))


def _first_line(message: str | None) -> str | None:
    """The line of a dbt error that says what went wrong; its first line only says where in dbt."""
    lines = [line.strip() for line in (message or "").splitlines() if line.strip()]
    if len(lines) > 1 and lines[0].startswith(
        ("Database Error", "Compilation Error", "Runtime Error", "Contract Error")
    ):
        lines = lines[1:]
    return lines[0][:_LONGEST_MESSAGE].rstrip(".") if lines else None


def _reason(output: str) -> str:
    """The first line after dbt's ``Encountered an error``, else its last words."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if "Encountered an error" in line and number + 1 < len(lines):
            return " ".join(lines[number + 1 : number + 3])[:_LONGEST_MESSAGE].rstrip(".") + "."
    return (lines[-1] if lines else "it said nothing")[:_LONGEST_MESSAGE].rstrip(".") + "."


def _where(target: Path) -> str:
    return f"The log is {target.parent / 'logs' / 'dbt.log'}."


def _command(verb: str, target: Path) -> list[str]:
    project = str(project_path())
    folders = ["--target-path", str(target), "--log-path", str(target.parent / "logs")]
    quiet = ["--log-level-file", "info", "--no-use-colors", "--no-version-check"]
    return [
        sys.executable,
        "-c",
        "from dbt.cli.main import cli; cli()",
        *quiet,
        verb,
        "--project-dir",
        project,
        "--profiles-dir",
        project,
        *folders,
    ]


def _environment() -> dict[str, str]:
    """The environment of a dbt process: the parent's, with the warehouse as the transformer sees it."""
    parts = conninfo_to_dict(url("transformer"))
    names = {
        "host": "HOST",
        "port": "PORT",
        "dbname": "DBNAME",
        "user": "USER",
        "password": "PASSWORD",
        "sslmode": "SSLMODE",
    }
    given = {f"SCHOOLWARD_DBT_{names[key]}": str(value) for key, value in parts.items() if key in names}
    return {**os.environ, **given, "DBT_SEND_ANONYMOUS_USAGE_STATS": "false"}
