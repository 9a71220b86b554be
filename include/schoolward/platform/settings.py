"""The environment of the platform's processes: ``platform.env``, the secrets, and where things are on this machine."""

import json
import os
from pathlib import Path

from schoolward.errors import SchoolwardError
from schoolward.home import district_path, home
from schoolward.platform import databases
from schoolward.platform.files import write_private
from schoolward.secrets import secret

PROJECT = Path(__file__).resolve().parents[3]
ADMIN = "admin"


def read_settings(path: Path = PROJECT / "platform.env") -> dict[str, str]:
    """``platform.env`` as a mapping; it is the format of Compose's ``env_file`` without quoting or interpolation.

    Raises:
        SchoolwardError: when it is missing, or a line is neither a comment nor NAME=VALUE.
    """
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise SchoolwardError(f"{path} cannot be read ({error.strerror}). Restore it from the repository.") from None
    settings: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.partition("=")
        if not equals or not name.isidentifier():
            raise SchoolwardError(f"{path}, line {number}: write NAME=VALUE, or a comment that begins with #.")
        settings[name] = value
    return settings


def secret_environment() -> dict[str, str]:
    """What Airflow's processes need and no file in the repository may hold. Also puts the page's password in place."""
    airflow_home = home() / "airflow"
    airflow_home.mkdir(mode=0o700, exist_ok=True)
    passwords = airflow_home / "passwords.json"
    write_private(passwords, json.dumps({ADMIN: secret("admin_password")}))
    return {
        "AIRFLOW_HOME": str(airflow_home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": databases.airflow_url("psycopg2"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": databases.airflow_url("asyncpg"),
        "AIRFLOW__CORE__FERNET_KEY": secret("fernet_key"),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords),
        "AIRFLOW__API__SECRET_KEY": secret("api_secret_key"),
        "AIRFLOW__API_AUTH__JWT_SECRET": secret("jwt_secret"),
    }


def place_environment(api_port: int) -> dict[str, str]:
    """Paths and addresses on this machine; docker-compose.yml gives its own."""
    return {
        "SCHOOLWARD_HOME": str(home()),
        "SCHOOLWARD_DISTRICT": str(district_path()),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "plugins"),
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{api_port}/execution/",
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{api_port}",
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(api_port),
    }


def native_environment(api_port: int) -> dict[str, str]:
    """The whole environment of a process started on this machine; a variable that a person set wins over ``platform.env``."""
    return {**read_settings(), **secret_environment(), **os.environ, **place_environment(api_port)}
