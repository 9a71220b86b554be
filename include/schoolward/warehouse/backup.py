"""A nightly copy of the warehouse, kept for a week, without students' rows.

Students' rows are left out because they may be kept for 30 days only, and a copy of them would be kept longer.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from schoolward.errors import SchoolwardError
from schoolward.home import home
from schoolward.warehouse.connection import url, where

_PATTERN = "warehouse_*.dump"


@dataclass(frozen=True, slots=True)
class BackupSummary:
    """What a back-up wrote and what it let go."""

    path: Path
    n_bytes: int
    n_removed: int

    def __str__(self) -> str:
        return f"{self.path}: {self.n_bytes / 2**20:,.1f} MiB written, {self.n_removed} older back-ups removed"


def folder() -> Path:
    """Where back-ups are kept, readable by their owner alone."""
    path = home() / "backups"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def back_up(keep: int = 7) -> BackupSummary:
    """Write the warehouse to a new file (``pg_dump``'s custom format; ``pg_restore`` reads it) and keep the last few.

    The file appears under its name only when it is whole; older ones go only after that.

    Args:
        keep: how many back-ups remain, the new one included; at least 1.
    Raises:
        SchoolwardError: when there is no ``pg_dump``, or it fails; older back-ups stay as they are.
    """
    path = folder() / f"warehouse_{datetime.now(UTC):%Y%m%dT%H%M%S%fZ}.dump"
    partial = path.with_suffix(".partial")
    for remains in folder().glob("*.partial"):  # of a back-up that was killed
        remains.unlink()
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        dumped = subprocess.run(
            [_pg_dump(), "--format=custom", "--exclude-table-data=student.*", "--no-password"],
            env=_environment(), stdout=file, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        file.flush()
        os.fsync(file.fileno())
    if dumped.returncode != 0:
        partial.unlink()
        lines = [line.removeprefix("pg_dump: error: ") for line in dumped.stderr.splitlines() if "error:" in line]
        why = (lines or [f"pg_dump ended with code {dumped.returncode}"])[0].rstrip(".")
        raise SchoolwardError(
            f"The warehouse at {where()} could not be backed up: {why}. Check the disk, and that pg_dump is no older than the server."
        )
    partial.rename(path)
    return BackupSummary(path, path.stat().st_size, _remove_all_but(keep))


def _remove_all_but(keep: int) -> int:
    older = sorted(folder().glob(_PATTERN))[: -max(keep, 1)]
    for path in older:
        path.unlink()
    return len(older)


def _environment() -> dict[str, str]:
    """The server's address and password for ``pg_dump``: never on the command line, where every user can read it."""
    given = conninfo_to_dict(url("owner"))
    variable = {
        option.keyword.decode(): option.envvar.decode()
        for option in Conninfo.get_defaults()
        if option.envvar is not None
    }
    settings = {variable[keyword]: str(value) for keyword, value in given.items() if keyword in variable}
    return {"PATH": os.environ.get("PATH", os.defpath), "PGAPPNAME": "schoolward back-up"} | settings


def _pg_dump() -> str:
    """The embedded server's own ``pg_dump`` where that is installed (it reads older servers too), else the PATH's."""
    from schoolward.platform.embedded import binaries

    try:
        return str(binaries() / "pg_dump")
    except SchoolwardError:
        found = shutil.which("pg_dump")
    if found is None:
        raise SchoolwardError(
            "There is no pg_dump to back the warehouse up with. Install PostgreSQL's client programs."
        )
    return found
