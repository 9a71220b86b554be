"""Secrets the platform makes for itself, so that nothing ships with a default password.

Looked up by name: ``$SCHOOLWARD_SECRET_<NAME>``, then the file ``$SCHOOLWARD_SECRET_<NAME>_FILE`` names, then
``secrets.json`` in the state folder, which is made at first use and readable by its owner alone.
"""

import base64
import fcntl
import json
import os
import secrets as random_secrets
from pathlib import Path

from schoolward.errors import SchoolwardError
from schoolward.home import home

NAMES = (
    "postgres",
    "loader",
    "transformer",
    "reader",
    "alerter",
    "airflow_db",
    "student_key",
    "fernet_key",
    "jwt_secret",
    "api_secret_key",
    "admin_password",
)


def secret(name: str) -> str:
    """The secret of that name.

    Raises:
        SchoolwardError: for a name that is not one of NAMES, or a secrets file that cannot be read.
    """
    if name not in NAMES:
        raise SchoolwardError(f"There is no secret called {name!r}; use one of {', '.join(NAMES)}.")
    variable = f"SCHOOLWARD_SECRET_{name.upper()}"
    if value := os.environ.get(variable):
        return value
    if file := os.environ.get(f"{variable}_FILE"):
        return _read_file(variable, Path(file))
    return _generated()[name]


def _read_file(variable: str, path: Path) -> str:
    try:
        value = path.read_text().strip()
    except OSError as error:
        raise SchoolwardError(
            f"{variable}_FILE names {path}, which cannot be read: {error.strerror}. Mend the path or its rights."
        ) from None
    if not value:
        raise SchoolwardError(f"{variable}_FILE names {path}, which is empty. Put the secret in it.")
    return value


def _generated() -> dict[str, str]:
    path = home() / "secrets.json"
    known = _load(path)
    if set(NAMES) <= known.keys():
        return known
    with (home() / "secrets.lock").open("w") as lock:  # two processes may start at once on a new machine
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = {**{name: _new(name) for name in NAMES}, **_load(path)}
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(known, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    return known


def _load(path: Path) -> dict[str, str]:
    try:
        return dict(json.loads(path.read_text()))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        raise SchoolwardError(
            f"{path} cannot be read as JSON. Restore it from a back-up: the warehouse's passwords and the key of student ids are in it."
        ) from None


def _new(name: str) -> str:
    if name == "fernet_key":  # Fernet wants exactly 32 bytes, URL-safe base 64
        return base64.urlsafe_b64encode(random_secrets.token_bytes(32)).decode()
    return random_secrets.token_urlsafe(32)
