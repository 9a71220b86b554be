"""The supervisor: restarts what crashed, stops everything, and clears what a killed predecessor left."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from schoolward.errors import SchoolwardError
from schoolward.platform import supervisor
from schoolward.platform.supervisor import Child, Supervisor

ENVIRONMENT = {"PATH": os.environ["PATH"]}


@pytest.fixture(autouse=True)
def state_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "a home"  # a path with a space in it
    monkeypatch.setenv("SCHOOLWARD_HOME", str(folder))
    return folder


@pytest.fixture
def watched(request: pytest.FixtureRequest) -> Iterator[tuple[Supervisor, list[str]]]:
    said: list[str] = []
    one = Supervisor(said.append)
    yield one, said
    one.stop()


def _until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def _shell(name: str, script: str, healthy: Callable[[], bool] = lambda: True) -> Child:
    return Child(name, lambda: ("/bin/sh", "-c", script), ENVIRONMENT, healthy)


def _pid(folder: Path, name: str) -> int:
    path = folder / "run" / f"{name}.pid"
    _until(lambda: path.exists() and path.read_text().strip() != "")
    return int(path.read_text())


def _is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_a_crashed_process_is_started_again(watched: tuple[Supervisor, list[str]], state_folder: Path) -> None:
    one, said = watched
    one.start(_shell("worker", "sleep 60"))
    first = _pid(state_folder, "worker")
    os.kill(first, signal.SIGKILL)
    _until(lambda: (state_folder / "run" / "worker.pid").exists() and _pid(state_folder, "worker") != first)
    _until(lambda: one.states() == {"worker": "healthy"})
    assert said == [
        f"worker has stopped by itself; starting it again in 0 s. Its log is {state_folder}/logs/worker.log."
    ]


def test_a_process_that_keeps_crashing_is_restarted_with_growing_pauses_and_then_told(
    watched: tuple[Supervisor, list[str]], state_folder: Path
) -> None:
    one, said = watched
    one.start(_shell("worker", "exit 3", healthy=lambda: False))
    with pytest.raises(SchoolwardError, match=r"worker keeps crashing\. Its log is .*worker\.log"):
        one.wait_healthy(30)
    assert [sentence.split(" again in ")[1].split(" s.")[0] for sentence in said] == ["0", "1", "3"]


def test_a_process_that_never_gets_healthy_is_named(watched: tuple[Supervisor, list[str]]) -> None:
    one, _ = watched
    one.start(_shell("worker", "sleep 60", healthy=lambda: False))
    with pytest.raises(SchoolwardError, match="worker was not healthy within 1 s"):
        one.wait_healthy(1)


def test_stopping_ends_a_process_that_ignores_sigterm_and_its_children(state_folder: Path, tmp_path: Path) -> None:
    grandchild = tmp_path / "grandchild"
    one = Supervisor(lambda _: None)
    child = Child(
        "stubborn",
        lambda: ("/bin/sh", "-c", f"trap '' TERM; sleep 60 & echo $! > '{grandchild}'; while :; do sleep 1; done"),
        ENVIRONMENT,
        lambda: True,
        stop_within_s=0.3,
    )
    one.start(child)
    _until(lambda: grandchild.exists() and grandchild.read_text().strip() != "")
    pids = [_pid(state_folder, "stubborn"), int(grandchild.read_text())]
    one.stop()
    _until(lambda: all(map(_is_gone, pids)))
    assert not (state_folder / "run" / "stubborn.pid").exists()


def test_what_a_killed_supervisor_left_running_is_ended_before_the_next_start(state_folder: Path) -> None:
    program = (
        "import sys, time; from schoolward.platform.supervisor import Child, Supervisor\n"
        "s = Supervisor(print)\n"
        "s.start(Child('worker', lambda: ('/bin/sh', '-c', 'sleep 60 & wait'), {'PATH': '/usr/bin:/bin'}, lambda: True))\n"
        "time.sleep(60)\n"
    )
    first = subprocess.Popen([sys.executable, "-c", program])
    pid = _pid(state_folder, "worker")
    _until(lambda: len(psutil.Process(pid).children()) == 1)
    family = [pid, psutil.Process(pid).children()[0].pid]
    first.kill()
    first.wait()
    assert not any(map(_is_gone, family)), "the supervisor was killed, its children were not"
    assert supervisor.leftover_names() == ["worker"]
    supervisor.end_leftovers("worker")
    _until(lambda: all(map(_is_gone, family)))
    assert supervisor.leftover_names() == []


def test_orphans_are_ended_even_when_the_process_that_led_them_is_gone(state_folder: Path) -> None:
    leader = subprocess.Popen(
        ["/bin/sh", "-c", f"sleep 60 & echo $$ > '{_pid_file(state_folder, 'worker')}'; wait"], start_new_session=True
    )
    pid = _pid(state_folder, "worker")
    orphan = psutil.Process(pid).children()[0].pid
    leader.kill()
    leader.wait()
    supervisor.end_leftovers("worker")
    _until(lambda: _is_gone(orphan))


def test_a_process_that_took_a_stale_pid_is_left_alone(state_folder: Path) -> None:
    stranger = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    try:
        path = _pid_file(state_folder, "worker")
        path.write_text(str(stranger.pid))
        an_hour_ago = time.time() - 3600
        os.utime(path, (an_hour_ago, an_hour_ago))
        supervisor.end_leftovers("worker")
        assert stranger.poll() is None
        assert supervisor.leftover_names() == []
    finally:
        stranger.kill()
        stranger.wait()


def _pid_file(folder: Path, name: str) -> Path:
    (folder / "run").mkdir(parents=True, exist_ok=True)
    return folder / "run" / f"{name}.pid"
