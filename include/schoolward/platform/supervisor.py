"""Starts processes, waits until they are healthy, restarts a crashed one with growing pauses, and stops them all.

Every child leads a session of its own and its pid is written, by itself, before it becomes the program it is to be. So
a supervisor that was killed leaves a trail which the next one follows to end what still runs.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from schoolward.errors import SchoolwardError
from schoolward.home import home

STOP_TIMEOUT_S = 12.0
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 60.0
TICK_S = 0.2


class Managed(Protocol):
    """What a supervisor looks after."""

    name: str

    def start(self) -> None: ...
    def is_alive(self) -> bool: ...
    def is_healthy(self) -> bool: ...
    def ask_to_stop(self) -> None: ...
    def stop(self) -> None: ...


class Child:
    """A program run in its own session, logging to ``<home>/logs/<name>.log``."""

    def __init__(
        self,
        name: str,
        command: Callable[[], Sequence[str]],
        environment: Mapping[str, str],
        healthy: Callable[[], bool],
        *,
        stop_within_s: float = STOP_TIMEOUT_S,
    ) -> None:
        """
        Args:
            command: asked at every start, so that a restart can differ (the sample's clock has moved on).
        """
        self.name = name
        self._command = command
        self._environment = dict(environment)
        self._healthy = healthy
        self._stop_within_s = stop_within_s
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        end_leftovers(self.name)
        _log_path(self.name).parent.mkdir(mode=0o700, exist_ok=True)
        with _log_path(self.name).open("ab") as log:
            # The shell writes its pid and then becomes the program: no moment in which a child is unknown.
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"', str(_pid_path(self.name)), *self._command()],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
                env=self._environment,
            )  # fmt: skip

    def is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def is_healthy(self) -> bool:
        return self.is_alive() and self._healthy()

    def ask_to_stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL the program, as a fault would; whoever looks after it starts it again."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    def stop(self) -> None:
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(self._stop_within_s)
            _signal_session(self._process.pid, signal.SIGKILL)  # the program, if it did not heed, and its own children
            self._process.wait()
        _pid_path(self.name).unlink(missing_ok=True)


@dataclass(slots=True)
class _Course:
    """How one managed process fares."""

    started_at: float
    n_crashes: int = 0
    restart_at: float | None = None


class Supervisor:
    """Looks after processes from a thread of its own until :meth:`stop`.

    Args:
        say: told a sentence when a process crashed and is started again.
    """

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._managed: list[Managed] = []
        self._courses: dict[str, _Course] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)

    def start(self, *managed: Managed) -> None:
        """Start processes, in this order and without waiting for their health, and look after them from now on."""
        for one in managed:
            with self._lock:
                one.start()
                self._managed.append(one)
                self._courses[one.name] = _Course(time.monotonic())
        if not self._thread.is_alive():
            self._thread.start()

    def wait_healthy(self, timeout_s: float) -> None:
        """Wait until every process is healthy.

        Raises:
            SchoolwardError: naming the first that is not, and its log.
        """
        deadline = time.monotonic() + timeout_s
        waiting = list(self._managed)
        while waiting:
            waiting = [one for one in waiting if not one.is_healthy()]
            for one in waiting:
                if self._courses[one.name].n_crashes > 2:
                    raise SchoolwardError(f"{one.name} keeps crashing. Its log is {_log_path(one.name)}.")
                if time.monotonic() > deadline:
                    raise SchoolwardError(
                        f"{one.name} was not healthy within {timeout_s:.0f} s. Its log is {_log_path(one.name)}."
                    )
            if waiting:
                time.sleep(TICK_S)

    def states(self) -> dict[str, str]:
        """``healthy``, ``starting`` or ``crashed`` by name."""
        return {
            one.name: "healthy" if one.is_healthy() else "starting" if one.is_alive() else "crashed"
            for one in self._managed
        }

    def stop(self) -> None:
        """Stop all, the last started first; every one is asked before any is waited for, except those others lean on."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        with self._lock:
            for one in reversed(self._managed):
                one.ask_to_stop()
            for one in reversed(self._managed):
                one.stop()
            self._managed.clear()

    def _watch(self) -> None:
        while not self._stopping.wait(TICK_S):
            with self._lock:
                for one in self._managed:
                    self._tend(one, self._courses[one.name])

    def _tend(self, one: Managed, course: _Course) -> None:
        now = time.monotonic()
        if course.restart_at is None:
            if one.is_alive():
                return
            if now - course.started_at > STEADY_AFTER_S:
                course.n_crashes = 0
            pause = min(2.0**course.n_crashes - 1, LONGEST_PAUSE_S)  # at once, then after 1, 3, 7 … seconds
            self._say(
                f"{one.name} has stopped by itself; starting it again in {pause:.0f} s. Its log is {_log_path(one.name)}."
            )
            course.n_crashes += 1
            course.restart_at = now + pause
        elif now >= course.restart_at:
            course.started_at, course.restart_at = now, None
            try:
                one.start()
            except SchoolwardError as error:
                self._say(str(error))


def end_leftovers(name: str) -> None:
    """End what a killed supervisor left running under that name, children of its children included."""
    path = _pid_path(name)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    try:
        pid, written_at = int(path.read_text()), path.stat().st_mtime
    except (OSError, ValueError):
        return
    try:
        # A process that took the same pid later was created after the file was written: not ours.
        is_ours = psutil.Process(pid).create_time() <= written_at + 1
    except psutil.NoSuchProcess:
        is_ours = (
            True  # gone; what is left of its session still is ours, for a pid is not reused while a session has it
        )
    if is_ours:
        _signal_session(pid, signal.SIGKILL)
    path.unlink(missing_ok=True)


def leftover_names() -> list[str]:
    """Names under which something may have been left running."""
    return sorted(path.stem for path in (home() / "run").glob("*.pid"))


def _signal_session(session: int, number: signal.Signals) -> None:
    """Signal every process of a session, and wait until those killed are gone."""
    for process in psutil.process_iter():
        with suppress(ProcessLookupError, psutil.NoSuchProcess, PermissionError):
            if process.pid != os.getpid() and os.getsid(process.pid) == session:
                process.send_signal(number)


def _pid_path(name: str) -> Path:
    return home() / "run" / f"{name}.pid"


def _log_path(name: str) -> Path:
    return home() / "logs" / f"{name}.log"
