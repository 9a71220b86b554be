"""The one-time services of docker-compose.yml and its health checks: ``python -m schoolward.platform.container_setup …``.

``secrets [FOLDER]`` makes the secrets and leaves PostgreSQL's password in its volume; ``init`` makes databases, migrates
Airflow's metadata and prepares the warehouse; ``health NAME`` exits 0 when that process of the platform is healthy.
"""

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from schoolward.district import load_district
from schoolward.errors import SchoolwardError
from schoolward.platform import airflow_metadata, databases
from schoolward.platform.files import write_private
from schoolward.platform.processes import AIRFLOW_PROCESSES, POSTGRES, airflow_health
from schoolward.secrets import secret
from schoolward.warehouse.setup import prepare

PASSWORD_FOLDER = Path("/run/schoolward")
SERVER = databases.Endpoint(POSTGRES, 5432, databases.WAREHOUSE, databases.OWNER)


def make_secrets(folder: str = str(PASSWORD_FOLDER)) -> None:
    """Generate every secret, once, and hand PostgreSQL's to its container."""
    write_private(Path(folder) / "postgres-password", secret("postgres"))
    databases.write_endpoint(SERVER)


def initialise() -> None:
    """Bring both databases to what this release needs; runs at every start and is quick when nothing has changed."""
    databases.make_databases(databases.read_endpoint())
    airflow_metadata.migrate(os.environ)
    airflow_metadata.make_pools(os.environ)
    prepare(load_district())


def check_health(name: str) -> None:
    """
    Raises:
        SchoolwardError: when the process is not healthy, or has no such name.
    """
    components = {process.name: process.component for process in AIRFLOW_PROCESSES}
    if name not in components:
        raise SchoolwardError(f"There is no process {name!r}; use one of {', '.join(components)}.")
    found = airflow_health(os.environ["SCHOOLWARD_AIRFLOW_URL"]).get(
        components[name], "unknown: the api-server is silent"
    )
    if found != "healthy":
        raise SchoolwardError(f"{name} is {found}.")


COMMANDS: Mapping[str, Callable[..., None]] = {"secrets": make_secrets, "init": initialise, "health": check_health}


def main(arguments: list[str]) -> None:
    """Run one of :data:`COMMANDS`.

    Raises:
        SchoolwardError: for another word, or when the command fails.
    """
    if not arguments or arguments[0] not in COMMANDS:
        raise SchoolwardError(f"Say one of: {', '.join(COMMANDS)}.")
    COMMANDS[arguments[0]](*arguments[1:])


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except SchoolwardError as error:
        sys.exit(str(error))
