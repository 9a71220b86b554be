"""The demo's small decisions: which checkpoint is next, and which words name a failure."""

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from schoolward.errors import SchoolwardError
from schoolward.platform import demo_runs, ports
from schoolward.platform.demo import due
from schoolward.platform.sample_home import SampleHome


@pytest.mark.parametrize(
    ("current", "is_first", "expected"),
    [(0, True, (0, 1)), (0, False, (1,)), (1, False, (2,)), (12, False, (13,)), (13, False, (0, 1))],
    ids=["first run", "first run was cut short", "second run", "last but one", "begins anew after the last"],
)
def test_a_run_pulls_at_the_checkpoint_that_is_due(current: int, is_first: bool, expected: tuple[int, ...]) -> None:
    assert due(current, 14, is_first=is_first) == expected


def test_a_failed_task_is_named_once_with_its_last_words_and_its_log(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SCHOOLWARD_HOME", str(tmp_path))
    task = {"dag_id": "ingest_sis", "dag_run_id": "manual__1", "task_id": "load", "map_index": 3, "try_number": 1,
            "rendered_map_index": "users", "end_date": "2026-01-01T00:00:00Z"}  # fmt: skip
    log = demo_runs.log_file(task)
    log.parent.mkdir(parents=True)
    lines = [
        {"level": "error", "event": "Task failed with exception"},
        {"level": "error", "event": "ingest_sis load users failed: The source said no. Do this."},
        {"level": "info", "event": "Task instance in failure state"},
    ]
    log.write_text("\n".join([*map(json.dumps, lines), "not json"]))

    class Api:
        def failed_tasks(self, _since: str) -> list[dict[str, Any]]:
            return [task]

        def trigger(self, dag_id: str) -> str:
            return dag_id

        def runs(self, _since: str) -> list[dict[str, Any]]:
            return []

    runs = demo_runs.ScheduledRuns(Api(), print)  # type: ignore[arg-type]
    with pytest.raises(SchoolwardError) as failure:
        runs.trigger_and_wait(["ingest_sis"])
    assert str(failure.value) == f"ingest_sis load users failed: The source said no. Do this. Its log is {log}."


def test_a_task_without_a_log_still_gets_a_sentence(tmp_path: Path) -> None:
    assert demo_runs.last_words(tmp_path / "absent.log") == ""


def test_a_taken_port_is_replaced_and_told() -> None:
    said: list[str] = []
    with socket.socket() as holder:
        holder.bind((ports.HOST, 0))
        holder.listen()
        taken = holder.getsockname()[1]
        other = ports.pick(taken, "The page", said.append)
    assert other != taken
    assert said == [f"Port {taken} is taken: The page listens on {other} instead."]


def test_a_free_port_is_kept_in_silence() -> None:
    said: list[str] = []
    free = ports.any_free()
    assert ports.pick(free, "The page", said.append) == free
    assert said == []


def test_an_unknown_sample_district_is_told_with_those_there_are() -> None:
    with pytest.raises(SchoolwardError, match="no sample district 'springfield'; use one of chicago, lakeside"):
        SampleHome.choose("springfield")
