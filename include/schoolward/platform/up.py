"""`schoolward up` and `down`: the platform in the background, held by a supervisor process of its own."""

import fcntl
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType

import psutil

from schoolward.errors import SchoolwardError
from schoolward.home import district_path, home
from schoolward.platform import embedded
from schoolward.platform.files import write_private
from schoolward.platform.local import LocalPlatform
from schoolward.platform.sample_home import SampleHome
from schoolward.platform.sample_systems import SampleSystems
from schoolward.platform.settings import ADMIN, PROJECT
from schoolward.platform.supervisor import end_leftovers, leftover_names

START_TIMEOUT_S = 300.0
STOP_TIMEOUT_S = 90.0
SAMPLE = "lakeside"


@dataclass(frozen=True, slots=True)
class State:
    """What the supervisor process says of itself in ``<home>/run/platform.json``."""

    pid: int
    phase: str  # starting | up | failed | down
    said: tuple[str, ...] = ()
    airflow_url: str = ""


def up(say: Callable[[str], None] = print) -> None:
    """Start the platform and leave it running; told where it is. Without a district file, the sample district is started.

    Raises:
        SchoolwardError: when it does not come up; whatever was started is stopped.
    """
    sample = choose_home(say)
    with supervising() as alone:
        if not alone:
            _tell_where(read_state(), say, "The platform is already up.")
            return
    home_log = home() / "logs" / "supervisor.log"
    home_log.parent.mkdir(mode=0o700, exist_ok=True)
    _state_path().unlink(missing_ok=True)
    with home_log.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "schoolward.platform.up", *([sample.district] if sample else [])],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    n_said, deadline = 0, time.monotonic() + START_TIMEOUT_S
    while True:
        ended = process.poll() is not None
        state = read_state()
        for sentence in state.said[n_said:] if state else ():
            say(sentence)
        n_said = len(state.said) if state else 0
        if state is not None and state.phase == "up":
            process.returncode = 0  # it outlives us
            _tell_where(state, say, "The platform is up.")
            return
        if ended or time.monotonic() > deadline:
            down(lambda _: None)
            raise SchoolwardError(f"The platform did not come up. The supervisor's log is {home_log}.")
        time.sleep(0.2)


def down(say: Callable[[str], None] = print) -> None:
    """Stop the platform, also what a killed supervisor left running; nothing happens when nothing runs."""
    choose_home(lambda _: None)
    state = read_state()
    with supervising() as alone:
        if alone:
            found = leftover_names() or embedded.is_running()
            for name in leftover_names():
                end_leftovers(name)
            embedded.stop()
            say("Stopped what was left running." if found else "Nothing is running.")
            return
    if state is None:
        raise SchoolwardError(
            "Something else holds the platform, such as a demo that is still running. Let it end first."
        )
    process = psutil.Process(state.pid)
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_TIMEOUT_S)
    except psutil.TimeoutExpired:
        raise SchoolwardError(
            f"The supervisor (process {state.pid}) has not stopped within {STOP_TIMEOUT_S:.0f} s. Look at supervisor.log."
        ) from None
    say("The platform is stopped.")


def status() -> dict[str, str]:
    """State of the platform by part: ``platform``, ``postgres`` and, when it is up, ``airflow``."""
    choose_home(lambda _: None)
    state = read_state()
    with supervising() as alone:
        phase = "down" if alone or state is None else state.phase
    found = {"platform": phase, "postgres": "up" if embedded.is_running() else "down"}
    if phase == "up" and state is not None:
        found["airflow"] = state.airflow_url
    return found


def choose_home(say: Callable[[str], None]) -> SampleHome | None:
    """The sample district's home when SCHOOLWARD_SAMPLE names one or there is no district file; None for one's own."""
    if named := os.environ.get("SCHOOLWARD_SAMPLE"):
        return SampleHome.choose(named)
    if district_path().exists():
        return None
    say(f"There is no {district_path().name} here, so the sample district {SAMPLE} is used.")
    return SampleHome.choose(SAMPLE)


@contextmanager
def supervising() -> Iterator[bool]:
    """Hold the state folder's platform; gives False when another living process holds it. The kernel frees a killed one's."""
    (home() / "run").mkdir(mode=0o700, exist_ok=True)
    with (home() / "run" / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def read_state() -> State | None:
    """The last words of the supervisor process, or None."""
    try:
        fields = json.loads(_state_path().read_text())
        return State(fields["pid"], fields["phase"], tuple(fields["said"]), fields["airflow_url"])
    except (OSError, ValueError, KeyError):
        return None


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block like Ctrl-C does, so that what it started is stopped."""

    def interrupt(number: int, _: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _tell_where(state: State | None, say: Callable[[str], None], first: str) -> None:
    say(first)
    if state is not None and state.airflow_url:
        say(f"Airflow   {state.airflow_url} (user {ADMIN}, password: admin_password in {home() / 'secrets.json'})")
    say("Warehouse schoolward warehouse-url gives the URL for a BI tool")
    say(f"Logs      {home() / 'logs'}")
    if "SCHOOLWARD_SAMPLE" in os.environ:
        say(f"Commands  . {shlex.quote(str(SampleSystems.terminal_file()))}   then schoolward status, ingest, alerts …")


def _state_path() -> Path:
    return home() / "run" / "platform.json"


def supervise(district: str | None) -> int:
    """The supervisor process: hold the platform until SIGTERM. Returns its exit code."""
    said: list[str] = []
    state = State(os.getpid(), "starting")

    def tell(phase: str, airflow_url: str = "") -> None:
        nonlocal state
        state = State(os.getpid(), phase, tuple(said), airflow_url or state.airflow_url)
        write_private(_state_path(), json.dumps(asdict(state)))

    def say(sentence: str) -> None:
        print(time.strftime("%Y-%m-%d %H:%M:%S"), sentence, flush=True)
        said.append(sentence)
        tell(state.phase)

    with supervising() as alone:
        if not alone:
            return 1
        sample_home = SampleHome.choose(district) if district else None
        platform = LocalPlatform(say, SampleSystems(say) if sample_home else None)
        try:
            with stopped_by_signals():
                tell("starting")
                platform.start(sample_home.start_making(say) if sample_home else lambda: None)
                tell("up", platform.airflow_url)
                signal.pause()
        except KeyboardInterrupt:
            tell("down")
            return 0
        except SchoolwardError as error:
            say(str(error))
            tell("failed")
            return 1
        finally:
            platform.stop()
    return 0


if __name__ == "__main__":
    os.chdir(PROJECT)
    sys.exit(supervise(sys.argv[1] if len(sys.argv) > 1 else None))
