"""Credentials of source systems and mail servers: Airflow connections, with or without Airflow running.

``AIRFLOW_CONN_<ID>`` (URI or JSON, as Airflow reads it) comes first; otherwise Airflow's own secrets backends and
metadata are asked through the adapter.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from schoolward.errors import SchoolwardError


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a system is and how to sign in. ``repr`` never shows the password or the extras."""

    id: str
    scheme: str = "https"
    host: str = ""
    port: int | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    path: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def base_url(self) -> str:
        """Scheme, host and port, without a trailing slash, such as ``https://sis.example.org:8443``."""
        port = f":{self.port}" if self.port else ""
        return f"{self.scheme}://{self.host}{port}"


def connection(id: str) -> Connection:
    """The connection of that id.

    Raises:
        SchoolwardError: when there is none, or it cannot be read; never repeats its value.
    """
    value = os.environ.get(f"AIRFLOW_CONN_{id.upper()}")
    if value:
        return _from_json(id, value) if value.lstrip().startswith("{") else _from_uri(id, value)
    from schoolward.airflow_adapter import airflow_connection  # imported late: importing Airflow takes seconds

    fields = airflow_connection(id)
    if fields is None:
        raise SchoolwardError(
            f"There is no connection {id!r}. Set AIRFLOW_CONN_{id.upper()} or add it to Airflow (Admin, Connections)."
        )
    return _from_fields(id, fields)


def _from_json(id: str, value: str) -> Connection:
    try:
        fields = json.loads(value)
        if not isinstance(fields, dict):
            raise ValueError
        return _from_fields(id, fields)
    except (ValueError, TypeError):
        raise SchoolwardError(
            f"AIRFLOW_CONN_{id.upper()} is neither a URI nor a JSON object. Write it as Airflow's documentation shows."
        ) from None


def _from_fields(id: str, fields: Mapping[str, Any]) -> Connection:
    extra = fields.get("extra") or {}
    if isinstance(extra, str):
        extra = json.loads(extra)
    host, scheme = str(fields.get("host") or ""), str(fields.get("schema") or "")
    path = ""
    if "://" in host:  # Airflow's HTTP connections allow a full URL as host
        parts = urlsplit(host)
        scheme, host, path = parts.scheme, parts.netloc, parts.path
    conn_type = str(fields.get("conn_type") or "https")
    if conn_type == "file":
        scheme, path = "file", str(extra.get("path") or fields.get("host") or "")
    port = int(fields["port"]) if fields.get("port") else None
    return Connection(
        id, scheme or (conn_type if conn_type in {"http", "https", "smtp"} else "https"), host, port,
        fields.get("login") or None, fields.get("password") or None, path, dict(extra),
    )  # fmt: skip


def _from_uri(id: str, value: str) -> Connection:
    try:
        parts = urlsplit(value)
        if not parts.scheme:
            raise ValueError("no scheme")
        extra = dict(parse_qsl(parts.query))
        if "__extra__" in extra:
            extra = json.loads(extra["__extra__"])
        port = parts.port
    except ValueError:
        raise SchoolwardError(
            f"AIRFLOW_CONN_{id.upper()} cannot be read as a URI. Percent-encode the password, or use the JSON form."
        ) from None
    path = unquote(parts.path)
    if parts.scheme == "file":
        return Connection(id, "file", path=path, extra=extra)
    scheme = (
        path.strip("/") if path.strip("/") in {"http", "https"} else parts.scheme
    )  # Airflow writes http://host/https
    return Connection(
        id, scheme if scheme in {"http", "https", "smtp"} else "https", parts.hostname or "", port,
        unquote(parts.username) if parts.username else None, unquote(parts.password) if parts.password else None,
        "" if path.strip("/") in {"http", "https"} else path, extra,
    )  # fmt: skip
