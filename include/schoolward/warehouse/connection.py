"""Connections to the warehouse, one role for each kind of work.

``$SCHOOLWARD_WAREHOUSE_URL`` is the owner's libpq URL of a server of one's own; unset, the embedded server of the
state folder is used (its address stands in ``postgres/endpoint.json``).
"""

import json
import os
from typing import Any, Literal, get_args
from urllib.parse import quote, urlsplit

import psycopg
import sqlalchemy

from schoolward.errors import SchoolwardError
from schoolward.home import home
from schoolward.secrets import secret

Role = Literal["owner", "loader", "transformer", "reader", "alerter"]
ROLES: tuple[Role, ...] = get_args(Role)
LOGIN_ROLES: tuple[Role, ...] = tuple(role for role in ROLES if role != "owner")


def login(role: Role) -> str:
    """The PostgreSQL role name of a kind of work."""
    return f"schoolward_{role}"


def url(role: Role) -> str:
    """The libpq URL for a role, password included: never print it."""
    owner_url = os.environ.get("SCHOOLWARD_WAREHOUSE_URL") or _embedded_url()
    if role == "owner":
        return owner_url
    parts = urlsplit(owner_url)
    address = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{login(role)}:{quote(secret(role), safe='')}@{address}").geturl()


def _embedded_url() -> str:
    path = home() / "postgres" / "endpoint.json"
    try:
        endpoint = json.loads(path.read_text())
    except FileNotFoundError:
        raise SchoolwardError(
            "No warehouse is running here. Run `make up`, or set SCHOOLWARD_WAREHOUSE_URL to a server of your own."
        ) from None
    password = quote(secret("postgres"), safe="")
    return f"postgresql://{endpoint['owner']}:{password}@{endpoint['host']}:{endpoint['port']}/{endpoint['database']}"


def connect(role: Role, **options: Any) -> psycopg.Connection[Any]:
    """A psycopg connection for a role, in UTC.

    Raises:
        SchoolwardError: when the server cannot be reached or refuses, without the password.
    """
    try:
        connection = psycopg.connect(url(role), connect_timeout=10, application_name=f"schoolward {role}", **options)
    except psycopg.OperationalError as error:
        raise SchoolwardError(
            f"The warehouse at {where()} refuses role {role}: {_first_line(error)} Check that it runs (`make up`) and that `schoolward init` has made its roles."
        ) from None
    connection.execute("set timezone to 'UTC'")
    if not connection.autocommit:
        connection.commit()
    return connection


def engine(role: Role) -> sqlalchemy.Engine:
    """A SQLAlchemy engine for a role."""
    return sqlalchemy.create_engine(url(role).replace("postgresql://", "postgresql+psycopg://", 1))


def where() -> str:
    """Host, port and database of the warehouse, for messages."""
    parts = urlsplit(url("owner"))
    return f"{parts.hostname or 'local socket'}:{parts.port or 5432}{parts.path}"


def _first_line(error: Exception) -> str:
    line = (str(error).splitlines() or ["no answer"])[0].rstrip(".")
    return line + "."
