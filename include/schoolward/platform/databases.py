"""The databases of the platform's PostgreSQL server, embedded or in a container, and where that server is."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

from schoolward.errors import SchoolwardError
from schoolward.home import home
from schoolward.platform.files import write_private
from schoolward.secrets import secret

OWNER = "postgres"
WAREHOUSE = "schoolward"
AIRFLOW = "airflow"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where the embedded server listens; ``owner`` is its superuser, whose password is the secret ``postgres``."""

    host: str
    port: int
    database: str
    owner: str


class UnansweredError(SchoolwardError):
    """The server does not let us in just now."""


def read_endpoint() -> Endpoint:
    """Where the server was last started.

    Raises:
        SchoolwardError: when it never was.
    """
    try:
        return Endpoint(**json.loads(_endpoint_path().read_text()))
    except (OSError, ValueError, TypeError):
        raise SchoolwardError(f"No PostgreSQL was ever started in {folder()}. Run `make up`.") from None


def _connect(endpoint: Endpoint) -> psycopg.Connection[tuple[Any, ...]]:
    """As the superuser, to the maintenance database."""
    try:
        return psycopg.connect(
            host=endpoint.host, port=endpoint.port, user=OWNER, password=secret("postgres"), dbname="postgres",
            autocommit=True, connect_timeout=10,
        )  # fmt: skip
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise SchoolwardError(
                f"PostgreSQL on {endpoint.host}:{endpoint.port} does not accept the password in {home() / 'secrets.json'}. "
                "Restore that file from the back-up taken with the cluster."
            ) from None
        raise UnansweredError(
            f"PostgreSQL on {endpoint.host}:{endpoint.port} does not answer. Look at its log, postgres.log."
        ) from None


def make_databases(endpoint: Endpoint) -> None:
    """Make the warehouse's and Airflow's databases and Airflow's role, where missing.

    Raises:
        SchoolwardError: when the server does not answer or does not know the password.
    """
    with _connect(endpoint) as connection:
        known_roles = {name for (name,) in connection.execute("select rolname from pg_roles")}
        known = {name for (name,) in connection.execute("select datname from pg_database")}
        if AIRFLOW not in known_roles:
            connection.execute(sql.SQL("create role {} login").format(sql.Identifier(AIRFLOW)))
        connection.execute(
            sql.SQL("alter role {} password {}").format(sql.Identifier(AIRFLOW), sql.Literal(secret("airflow_db")))
        )
        for database, owner in ((WAREHOUSE, OWNER), (AIRFLOW, AIRFLOW)):
            if database in known:
                continue
            connection.execute(
                sql.SQL("create database {} owner {}").format(sql.Identifier(database), sql.Identifier(owner))
            )
        connection.execute(sql.SQL("revoke connect on database {} from public").format(sql.Identifier(AIRFLOW)))


def write_endpoint(endpoint: Endpoint) -> None:
    """Tell the rest of Schoolward where the server is."""
    write_private(_endpoint_path(), json.dumps(asdict(endpoint)))


def empty_warehouse() -> None:
    """Drop the warehouse's database with all it holds and make an empty one. For sample districts only."""
    endpoint = read_endpoint()
    with _connect(endpoint) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(WAREHOUSE)))
    make_databases(endpoint)


def airflow_url(driver: str) -> str:
    """SQLAlchemy URL of Airflow's metadata database (password included: never print it), such as for ``psycopg2``."""
    endpoint = read_endpoint()
    password = quote(secret("airflow_db"), safe="")
    return f"postgresql+{driver}://{AIRFLOW}:{password}@{endpoint.host}:{endpoint.port}/{AIRFLOW}"


def folder() -> Path:
    """Where the embedded server's cluster and its address are kept."""
    path = home() / "postgres"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def _endpoint_path() -> Path:
    return folder() / "endpoint.json"
