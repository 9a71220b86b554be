"""Airflow's metadata database and pools, made or brought up to date; skipped when nothing has changed since last time.

``python -m schoolward.platform.airflow_metadata`` makes the pools, in an environment with Airflow's settings.
"""

import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import psycopg

from schoolward.errors import SchoolwardError
from schoolward.home import district_path, home
from schoolward.platform import databases
from schoolward.platform.files import write_private

_AIRFLOW = str(Path(sys.executable).parent / "airflow")


def migrate(environment: Mapping[str, str]) -> None:
    """Bring the metadata database to this Airflow's schema.

    Raises:
        SchoolwardError: when that fails; the log has the reason.
    """
    wanted = {"airflow": version("apache-airflow-core"), "revision": _revision()}
    if wanted["revision"] is None or _made("metadata") != wanted:
        _run([_AIRFLOW, "db", "migrate"], environment, "Airflow's metadata database could not be migrated")
        write_private(_marker("metadata"), json.dumps({**wanted, "revision": _revision()}))


def make_pools(environment: Mapping[str, str]) -> None:
    """Make the pools that the DAGs of this district file use.

    Raises:
        SchoolwardError: when that fails; the log has the reason.
    """
    wanted = {"district": hashlib.sha256(district_path().read_bytes()).hexdigest(), "revision": _revision()}
    if _made("pools") != wanted:
        _run([sys.executable, "-m", __name__], environment, "Airflow's pools could not be made")
        write_private(_marker("pools"), json.dumps(wanted))


def _run(command: Sequence[str], environment: Mapping[str, str], complaint: str) -> None:
    log_path = home() / "logs" / "airflow-metadata.log"
    log_path.parent.mkdir(mode=0o700, exist_ok=True)
    with log_path.open("ab") as log:
        done = subprocess.run(command, env=dict(environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    if done.returncode != 0:
        raise SchoolwardError(f"{complaint}. The reason is in {log_path}.")


def _marker(what: str) -> Path:
    return home() / "airflow" / f"{what}.made"


def _made(what: str) -> object:
    try:
        return json.loads(_marker(what).read_text())
    except (OSError, ValueError):
        return None


def _revision() -> str | None:
    """Schema revision of the database as it is; a marker alone would not notice that the database was made anew."""
    with psycopg.connect(databases.airflow_url("psycopg").replace("+psycopg", ""), connect_timeout=10) as connection:
        try:
            row = connection.execute("select version_num from alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return str(row[0]) if row else None


if __name__ == "__main__":
    from schoolward.airflow_adapter import ensure_pools
    from schoolward.district import load_district

    ensure_pools(load_district())
