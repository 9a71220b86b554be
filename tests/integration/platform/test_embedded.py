"""The embedded PostgreSQL: made once, safe from other users, and back after any kill."""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from schoolward.errors import SchoolwardError
from schoolward.platform import databases, embedded
from schoolward.secrets import secret
from schoolward.warehouse.connection import connect


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder in a path with a space, its server started."""
    path = tmp_path_factory.mktemp("embedded") / "a home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLWARD_HOME", str(path))
        for variable in ("SCHOOLWARD_WAREHOUSE_URL", "SCHOOLWARD_SECRET_POSTGRES"):
            patch.delenv(variable, raising=False)
        patch.setenv("SCHOOLWARD_POSTGRES_PORT", "54330")
        embedded.start(durable=False)
        yield path
        embedded.stop()


def _server(folder: Path) -> psutil.Process:
    return psutil.Process(int((folder / "postgres/data/postmaster.pid").read_text().split()[0]))


def test_the_warehouse_is_reachable_with_the_generated_password(folder: Path) -> None:
    with connect("owner") as connection:
        assert connection.execute(
            "select current_database(), current_setting('server_version_num')::int / 10000"
        ).fetchone() == ("schoolward", 18)


def test_nobody_enters_without_the_password(folder: Path) -> None:
    endpoint = databases.read_endpoint()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(
            host=endpoint.host, port=endpoint.port, user=endpoint.owner, password="guess", dbname=endpoint.database
        )


def test_the_server_listens_on_the_loopback_address_only(folder: Path) -> None:
    listening = {c.laddr.ip for c in _server(folder).net_connections() if c.status == psutil.CONN_LISTEN}
    assert listening == {"127.0.0.1"}


def test_the_server_never_runs_as_root_and_its_files_are_its_own(folder: Path) -> None:
    assert _server(folder).uids().effective != 0
    assert stat.S_IMODE((folder / "postgres/data").stat().st_mode) == 0o700


def test_airflow_has_a_database_and_a_role_of_its_own_without_special_rights(folder: Path) -> None:
    endpoint = databases.read_endpoint()
    login = {"host": endpoint.host, "port": endpoint.port, "user": "airflow", "password": secret("airflow_db")}
    with psycopg.connect(**login, dbname="airflow") as connection:
        assert connection.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)


def test_starting_a_running_server_changes_nothing(folder: Path) -> None:
    before = _server(folder).pid
    assert embedded.start() == databases.read_endpoint()
    assert _server(folder).pid == before


def test_after_a_kill_of_the_server_what_was_committed_is_there(folder: Path) -> None:
    with connect("owner") as connection:
        connection.execute("create table if not exists kept (n int)")
        connection.execute("insert into kept values (1)")
    open_session = connect("owner")
    open_session.execute("insert into kept values (2)")
    _server(folder).kill()
    embedded.start(durable=False)
    with connect("owner") as connection:
        assert connection.execute("select array_agg(n) from kept").fetchone() == ([1],)
        connection.execute("drop table kept")
    open_session.close()


def test_a_stale_pid_file_that_names_another_process_does_not_hinder(folder: Path) -> None:
    pid_file = folder / "postgres/data/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    _server(folder).kill()
    lines[0] = str(os.getpid())
    pid_file.write_text("\n".join(lines) + "\n")
    embedded.start(durable=False)
    assert embedded.is_running()
    assert _server(folder).pid != os.getpid()


def test_a_taken_port_is_replaced_and_told(folder: Path) -> None:
    port = databases.read_endpoint().port
    embedded.stop()
    said: list[str] = []
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        endpoint = embedded.start(durable=False, say=said.append)
    assert endpoint.port != port
    assert said == [f"Port {port} is taken: PostgreSQL listens on {endpoint.port} instead."]


def test_the_port_of_last_time_is_kept(folder: Path) -> None:
    port = databases.read_endpoint().port
    embedded.stop()
    assert embedded.start(durable=False).port == port


def test_values_of_rows_never_reach_the_log(folder: Path) -> None:
    with connect("owner") as connection:
        connection.execute("create temporary table t (name text primary key)")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("insert into t values ('Zebediah'), ('Zebediah')")
    assert "Zebediah" not in embedded.log_path().read_text()
    assert "duplicate key" in embedded.log_path().read_text()


def test_no_secret_stands_in_the_servers_arguments_or_environment(folder: Path) -> None:
    server = _server(folder)
    words = " ".join([*server.cmdline(), *server.environ().values()])
    assert not any(value in words for value in json.loads((folder / "secrets.json").read_text()).values())


def test_a_lost_secrets_file_is_told_in_one_sentence(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHOOLWARD_SECRET_POSTGRES", "another")
    with pytest.raises(SchoolwardError, match=r"does not accept the password in .*secrets\.json\. Restore that file"):
        embedded.start()


def test_a_start_that_is_killed_half_way_does_not_hinder_the_next(tmp_path: Path) -> None:
    program = "from schoolward.platform import embedded; embedded.start(durable=False)"
    environment = {**os.environ, "SCHOOLWARD_HOME": str(tmp_path / "home"), "SCHOOLWARD_POSTGRES_PORT": "54360"}
    environment.pop("SCHOOLWARD_WAREHOUSE_URL", None)
    for moment in (0.2, 0.35, 0.5, 0.65, 0.8):
        starter = subprocess.Popen([sys.executable, "-c", program], env=environment)
        time.sleep(moment)
        starter.send_signal(signal.SIGKILL)
        starter.wait()
    subprocess.run([sys.executable, "-c", program], env=environment, check=True, capture_output=True)
    checked = subprocess.run(
        [sys.executable, "-c", "from schoolward.platform import embedded as e; print(e.is_running()); e.stop(); print(e.is_running())"],
        env=environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert checked.stdout.split() == ["True", "False"]
