"""docker-compose.yml and the native start are one platform: same settings file, same processes, same commands."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from schoolward.platform import container_setup, databases, embedded, settings
from schoolward.platform.processes import AIRFLOW_PROCESSES, POSTGRES
from schoolward.platform.sample_systems import MAILBOX

ONE_TIME = {"secrets", "init"}


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    compose = yaml.safe_load((settings.PROJECT / "docker-compose.yml").read_text())
    return dict(compose["services"])


def _options(command: list[str]) -> dict[str, str]:
    """``-c name=value`` arguments as a mapping."""
    values = [value for flag, value in zip(command[1::2], command[2::2], strict=True) if flag == "-c"]
    return dict(value.split("=", 1) for value in values)


def test_the_compose_file_fits_the_compose_specification() -> None:
    checker = Path(sys.executable).parent / "check-jsonschema"
    checked = subprocess.run(
        [checker, "--builtin-schema", "vendor.compose-spec", settings.PROJECT / "docker-compose.yml"],
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stdout


def test_compose_and_the_native_start_name_the_same_processes(services: dict[str, dict[str, Any]]) -> None:
    native = {POSTGRES, MAILBOX, *(process.name for process in AIRFLOW_PROCESSES)}
    assert set(services) - ONE_TIME == native


@pytest.mark.parametrize("process", AIRFLOW_PROCESSES, ids=lambda process: process.name)
def test_a_process_has_the_same_command_in_compose(process: Any, services: dict[str, dict[str, Any]]) -> None:
    assert tuple(services[process.name]["command"]) == process.command


@pytest.mark.parametrize("process", AIRFLOW_PROCESSES, ids=lambda process: process.name)
def test_a_process_reads_platform_env_in_compose_as_it_does_natively(
    process: Any, services: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert services[process.name]["env_file"][0] == "platform.env"
    monkeypatch.setenv("SCHOOLWARD_HOME", str(tmp_path))
    monkeypatch.setattr(settings, "secret_environment", dict)
    for name in settings.read_settings():
        monkeypatch.delenv(name, raising=False)
    native = settings.native_environment(8080)
    compose = {**settings.read_settings(), **services[process.name]["environment"]}
    differing = {name for name in compose if name.startswith("AIRFLOW__") and native.get(name) != compose[name]}
    assert differing <= set(settings.place_environment(8080)), "only paths and addresses may differ"


def test_postgres_runs_with_the_same_settings(services: dict[str, dict[str, Any]]) -> None:
    of_the_place = {"listen_addresses", "unix_socket_directories"}
    expected = {name: value for name, value in embedded.SETTINGS.items() if name not in of_the_place}
    assert _options(services[POSTGRES]["command"]) == expected
    assert services[POSTGRES]["image"] == "postgres:18"


def test_no_service_runs_as_root_or_writes_to_its_image(services: dict[str, dict[str, Any]]) -> None:
    for name, service in services.items():
        assert service["user"] == "999:999", name
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name


def test_every_process_that_stays_has_a_health_check(services: dict[str, dict[str, Any]]) -> None:
    assert [name for name, one in services.items() if name not in ONE_TIME and "healthcheck" not in one] == []


def test_every_health_check_asks_for_its_own_process(services: dict[str, dict[str, Any]]) -> None:
    for process in AIRFLOW_PROCESSES:
        test = services[process.name]["healthcheck"]["test"]
        assert test == ["CMD", "python", "-m", container_setup.__name__, "health", process.name]


def test_compose_holds_no_password(services: dict[str, dict[str, Any]]) -> None:
    values = [
        (name, variable, str(value))
        for name, service in services.items()
        for variable, value in service.get("environment", {}).items()
    ]
    suspicious = [entry for entry in values if any(word in entry[1] for word in ("PASSWORD", "SECRET", "KEY"))]
    assert suspicious == [(POSTGRES, "POSTGRES_PASSWORD_FILE", "/run/schoolward/postgres-password")]


def test_databases_and_addresses_are_only_reachable_from_the_machine_itself(
    services: dict[str, dict[str, Any]],
) -> None:
    published = [port for service in services.values() for port in service.get("ports", [])]
    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_the_secrets_service_hands_postgres_its_password(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCHOOLWARD_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SCHOOLWARD_SECRET_POSTGRES", raising=False)
    handed = tmp_path / "handed"
    handed.mkdir()
    container_setup.main(["secrets", str(handed)])
    password = (handed / "postgres-password").read_text()
    assert len(password) > 30
    assert (handed / "postgres-password").stat().st_mode & 0o077 == 0
    container_setup.main(["secrets", str(handed)])
    assert (handed / "postgres-password").read_text() == password, "made once, kept from then on"
    assert databases.read_endpoint().host == POSTGRES, "the name of the service"
