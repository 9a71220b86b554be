"""`up` and `down`: one platform in the background, whatever is killed and however often they are called."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import psutil
import pytest

from schoolward.platform import up as background
from schoolward.platform.processes import airflow_health

CROSSWALK = "school_id,system,kind,alias\n"


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Path]:
    """A sample district's state folder whose source systems have no records: enough to start everything."""
    home = tmp_path / "a home"
    records = home / "records"
    (records / "files").mkdir(parents=True)
    instants = ["2026-03-13T23:30:00Z", "2026-03-20T23:30:00Z"]
    folder = {"district": "lakeside", "starts_at": instants[0], "ends_at": instants[1], "checkpoints": instants}
    (records / "folder.json").write_text(json.dumps(folder))
    (records / "lakeside_crosswalk.csv").write_text(CROSSWALK)
    with mock.patch.dict(os.environ):
        for name in [name for name in os.environ if name.startswith(("SCHOOLWARD_", "AIRFLOW_"))]:
            del os.environ[name]
        os.environ |= {"SCHOOLWARD_HOME": str(home), "SCHOOLWARD_SAMPLE": "lakeside"}
        yield home
        background.down(lambda _: None)


def _ours(home: Path) -> list[psutil.Process]:
    """Every process that works for a state folder, but this one."""
    found = []
    for process in psutil.process_iter(["pid", "environ"]):
        environment = process.info["environ"] or {}
        if environment.get("SCHOOLWARD_HOME") == str(home) and process.pid != os.getpid():
            found.append(process)
    return found


def _airflow_url(said: list[str]) -> str:
    return next(sentence.split()[1] for sentence in said if sentence.startswith("Airflow "))


def test_a_platform_whose_supervisor_was_killed_starts_anew_and_stops_whole(sample: Path) -> None:
    said: list[str] = []
    background.up(said.append)
    state = background.read_state()
    assert state is not None
    assert set(airflow_health(_airflow_url(said)).values()) == {"healthy"}

    again: list[str] = []
    background.up(again.append)
    assert again[0] == "The platform is already up."
    assert background.read_state() == state

    first = {process.pid for process in _ours(sample)}
    psutil.Process(state.pid).kill()
    time.sleep(0.5)
    assert background.status()["platform"] == "down"
    background.up(lambda _: None)
    assert not {process.pid for process in _ours(sample)} & first, "nothing of the killed platform works on"

    words: list[str] = []
    background.down(words.append)
    assert words == ["The platform is stopped."]
    assert _ours(sample) == []
    assert background.status() == {"platform": "down", "postgres": "down"}
    background.down(words.append)
    assert words[-1] == "Nothing is running."


def test_the_generated_passwords_are_in_no_log_and_no_command_line(sample: Path) -> None:
    background.up(lambda _: None)
    passwords = set(json.loads((sample / "secrets.json").read_text()).values())
    passwords.add(json.loads((sample / "sample-access.json").read_text())["password"])
    command_lines = [" ".join(process.cmdline()) for process in _ours(sample)]
    logs = [path.read_text(errors="replace") for path in sample.rglob("*.log")]
    assert len(command_lines) > 8
    assert len(logs) > 8
    leaks = [text[:80] for text in (*command_lines, *logs) if any(password in text for password in passwords)]
    assert leaks == []
