"""Starting and steering replay servers from Python."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import requests

from schoolward.errors import SchoolwardError
from schoolward.sample.replay.clock import instant, stamp

System = Literal["oneroster", "edfi", "servicenow", "zendesk", "files"]
_PATIENCE_S = 30.0


class RunningServer:
    """A replay server in a process of its own. It ends with :meth:`stop`, the ``with`` block, or this process, whatever ends that."""

    def __init__(self, system: System, process: subprocess.Popen[bytes], port: int) -> None:
        self.system = system
        self.port = port
        self.process = process

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def clock(self) -> datetime:
        """The instant it shows."""
        return instant(self._control("GET", "clock")["at"])

    def set_clock(self, at: datetime) -> None:
        self._control("POST", "clock", {"at": stamp(at)})

    def set_faults(self, *faults: Mapping[str, Any]) -> None:
        """Replace the faults in force (see :mod:`~schoolward.sample.replay.faults`); none given clears them."""
        self._control("POST", "faults", {"faults": list(faults)})

    def faults(self) -> Sequence[Mapping[str, Any]]:
        """The faults in force, with how often each has struck."""
        faults: list[dict[str, Any]] = self._control("GET", "faults")["faults"]
        return faults

    def set_behaviour(self, **choices: Any) -> None:
        """Change what the vendor leaves to its customers (see the server's Behaviour class)."""
        self._control("POST", "behaviour", choices)

    def _control(self, method: str, name: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        response = requests.request(method, f"{self.base_url}/_replay/{name}", json=body, timeout=_PATIENCE_S)
        answer: dict[str, Any] = response.json()
        if response.status_code != 200:
            raise SchoolwardError(f"The replay server of {self.system} refused the {name}: {answer['error']}")
        return answer

    def stop(self) -> None:
        """End the server and wait for its end."""
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdin:
            with contextlib.suppress(OSError):
                self.process.stdin.close()

    def __enter__(self) -> "RunningServer":
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()


def start(system: System, folder: Path, clock: datetime, env: Mapping[str, str], *, port: int = 0) -> RunningServer:
    """Start a replay server and wait until it listens.

    Args:
        system: which protocol it speaks.
        folder: the records folder.
        clock: the instant to show.
        env: REPLAY_CLIENT_ID, REPLAY_CLIENT_SECRET, and where wanted REPLAY_USER and REPLAY_PASSWORD.
        port: 0 picks a free one.

    Raises:
        SchoolwardError: with the server's own sentence, when it does not come up.
    """
    with tempfile.TemporaryDirectory(prefix="replay-") as scratch:
        ready = Path(scratch) / "ready.json"
        errors = Path(scratch) / "errors.txt"
        command = [sys.executable, "-m", "schoolward.sample.replay", "--system", system, "--folder", str(folder)]
        command += ["--clock", stamp(clock), "--port", str(port), "--ready-file", str(ready), "--stop-with-stdin"]
        with errors.open("wb") as error_file:
            process = subprocess.Popen(
                command, env={**os.environ, **env}, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=error_file
            )
        patience_ends = time.monotonic() + _PATIENCE_S
        while not ready.exists():
            if process.poll() is not None or time.monotonic() > patience_ends:
                process.kill()
                process.wait()
                said = errors.read_text(encoding="utf-8", errors="replace").strip().rsplit("\n", 1)[-1]
                raise SchoolwardError(f"The replay server of {system} did not start: {said or 'it said nothing.'}")
            time.sleep(0.02)
        return RunningServer(system, process, json.loads(ready.read_text(encoding="utf-8"))["port"])
