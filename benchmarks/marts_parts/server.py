"""A PostgreSQL of the benchmark's own, and how much processor time it has taken.

Settings are those of a modest server: shared_buffers 2 GB, work_mem 256 MB, jit off. Writes are durable (fsync on), as in production.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil

SETTINGS = {
    "shared_buffers": "2GB",
    "effective_cache_size": "6GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "jit": "off",
    "max_wal_size": "16GB",
    "checkpoint_timeout": "30min",
}
DISTRICT = Path(__file__).parent / "district.toml"


@contextlib.contextmanager
def server() -> Iterator["Meter"]:
    """A fresh warehouse in a folder that goes afterwards; gives the meter of its processor time."""
    folder = Path(tempfile.mkdtemp(prefix="schoolward-bench-"))
    folder.chmod(0o755)  # the server may run as another user
    os.environ["SCHOOLWARD_HOME"] = str(folder)
    os.environ["SCHOOLWARD_DISTRICT"] = str(DISTRICT)
    os.environ.pop("SCHOOLWARD_WAREHOUSE_URL", None)
    from schoolward.district import load_district
    from schoolward.platform import databases, embedded
    from schoolward.warehouse.setup import prepare

    embedded.SETTINGS.update(SETTINGS)
    try:
        embedded.start(say=lambda sentence: print(sentence, file=sys.stderr))
        prepare(load_district(DISTRICT))
        pid_file = databases.folder() / "data" / "postmaster.pid"
        yield Meter(int(pid_file.read_text().splitlines()[0]))
    finally:
        embedded.stop()
        shutil.rmtree(folder, ignore_errors=True)


class Meter:
    """Processor seconds of a whole cluster since the meter was last set to nought."""

    def __init__(self, postmaster: int) -> None:
        self._postmaster = psutil.Process(postmaster)
        self._zero = 0.0
        self.reset()

    def reset(self) -> None:
        self._zero = self._total()

    def seconds(self) -> float:
        return self._total() - self._zero

    def _total(self) -> float:
        """The postmaster's own, that of every process it has seen end (sessions and parallel workers), and of those alive."""
        times = self._postmaster.cpu_times()
        total = float(times.user + times.system + times.children_user + times.children_system)
        for process in self._postmaster.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                alive = process.cpu_times()
                total += alive.user + alive.system
        return total
