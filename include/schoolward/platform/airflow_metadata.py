"""Airflow's metadata database, made or brought up to date; skipped when nothing has changed since last time.

Run as ``python -m schoolward.platform.airflow_metadata`` in an environment with Airflow's settings.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import psycopg

from schoolward.errors import SchoolwardError
from schoolward.home import district_path, home
from schoolward.platform import embedded
from schoolward.platform.files import write_private


def ensure(environment: Mapping[str, str]) -> None:
    """Bring the metadata database and its pools up to date, in a process of its own (importing Airflow takes seconds).

    Raises:
        SchoolwardError: when that fails; the log has the reason.
    """
    if _is_up_to_date():
        return
    log_path = home() / "logs" / "airflow-metadata.log"
    log_path.parent.mkdir(mode=0o700, exist_ok=True)
    with log_path.open("wb") as log:
        made = subprocess.run(
            [sys.executable, "-m", __name__], env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
    if made.returncode != 0:
        raise SchoolwardError(f"Airflow's metadata database could not be made ready. The reason is in {log_path}.")


def _marker() -> Path:
    return home() / "airflow" / "metadata.json"


def _wanted() -> dict[str, str]:
    """What the metadata depends on: Airflow's version, and the district file, which names the pools."""
    district = district_path()
    contents = district.read_bytes() if district.exists() else b""
    return {"airflow": version("apache-airflow-core"), "district": hashlib.sha256(contents).hexdigest()}


def _revision() -> str | None:
    """Schema revision of the database as it is; the marker alone would not notice that the database was made anew."""
    with psycopg.connect(embedded.airflow_url("psycopg").replace("+psycopg", ""), connect_timeout=10) as connection:
        try:
            row = connection.execute("select version_num from alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return str(row[0]) if row else None


def _is_up_to_date() -> bool:
    try:
        made: dict[str, str] = json.loads(_marker().read_text())
    except (OSError, ValueError):
        return False
    revision = made.pop("revision", None)
    return made == _wanted() and revision is not None and revision == _revision()


def main() -> None:
    """Migrate, make the pools, and leave the marker."""
    from airflow.utils.db import initdb

    from schoolward.airflow_adapter import ensure_pools, sound_district

    initdb()
    district = sound_district()
    if district is not None:
        ensure_pools(district)
    write_private(_marker(), json.dumps({**_wanted(), "revision": _revision()}))


if __name__ == "__main__":
    main()
