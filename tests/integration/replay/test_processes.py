"""Replay servers as processes: they start, tell their port, keep their secrets, and end with whoever started them."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
import requests

from schoolward.errors import SchoolwardError
from schoolward.sample.replay.client import start

CLOCK = datetime(2026, 1, 10, tzinfo=UTC)
CREDENTIALS = {"REPLAY_CLIENT_ID": "client", "REPLAY_CLIENT_SECRET": "hush-hush"}


def test_a_restarted_server_shows_the_clock_it_is_given(folder: Path) -> None:
    with start("servicenow", folder, CLOCK, CREDENTIALS) as server:
        server.set_clock(datetime(2026, 2, 10, tzinfo=UTC))
    with start("servicenow", folder, server_clock := datetime(2026, 2, 3, tzinfo=UTC), CREDENTIALS) as again:
        assert again.clock() == server_clock


def test_sigterm_stops_a_server_with_status_0(folder: Path) -> None:
    server = start("files", folder, CLOCK, CREDENTIALS)
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(10) == 0
    server.stop()


def test_secrets_are_never_in_the_arguments(folder: Path) -> None:
    with start("servicenow", folder, CLOCK, CREDENTIALS) as server:
        assert "hush-hush" not in " ".join(psutil.Process(server.process.pid).cmdline())


def test_a_server_ends_when_its_parent_is_killed(folder: Path) -> None:
    program = (
        "import sys, time; from datetime import datetime, UTC; from pathlib import Path;"
        "from schoolward.sample.replay.client import start;"
        f"s = start('files', Path({str(folder)!r}), datetime(2026, 1, 10, tzinfo=UTC), {CREDENTIALS!r});"
        "print(s.process.pid, flush=True); time.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    patience_ends = time.monotonic() + 10
    while child.is_running() and child.status() != psutil.STATUS_ZOMBIE and time.monotonic() < patience_ends:
        time.sleep(0.05)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize(
    ("environment", "folder_name", "sentence"),
    [
        ({"REPLAY_CLIENT_ID": "", "REPLAY_CLIENT_SECRET": ""}, ".", "set REPLAY_CLIENT_ID and REPLAY_CLIENT_SECRET"),
        (CREDENTIALS, "nowhere", "There is no records folder"),
    ],
)
def test_a_server_that_cannot_start_says_why_in_one_sentence(
    folder: Path, environment: dict[str, str], folder_name: str, sentence: str
) -> None:
    with pytest.raises(SchoolwardError, match=sentence):
        start("servicenow", folder / folder_name, CLOCK, environment)


def test_a_taken_port_is_told(folder: Path) -> None:
    with start("files", folder, CLOCK, CREDENTIALS) as server, pytest.raises(SchoolwardError, match="cannot listen on"):
        start("files", folder, CLOCK, CREDENTIALS, port=server.port)


def test_a_damaged_records_file_is_an_error_in_the_envelope_and_not_an_empty_table(tmp_path: Path) -> None:
    (tmp_path / "servicenow").mkdir()
    (tmp_path / "servicenow/incident.jsonl.gz").write_bytes(b"no gzip")
    with start("servicenow", tmp_path, CLOCK, CREDENTIALS) as server:
        answer = requests.get(f"{server.base_url}/api/now/table/incident", auth=("client", "hush-hush"), timeout=10)
    assert answer.status_code == 500
    assert "Write the folder again" in answer.json()["error"]["message"]
