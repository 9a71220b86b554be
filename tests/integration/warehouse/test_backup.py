"""Backing up: whole, private, without students' rows, and never at the price of an older copy."""

import os
import subprocess
from types import SimpleNamespace

import psycopg
import pytest

from schoolward.errors import SchoolwardError
from schoolward.platform.embedded import binaries
from schoolward.warehouse.backup import back_up, folder

LOAD = """
insert into ops.load (source, system, stream, mode, status, started_at, finished_at, n_new, n_deleted)
values (%s, 'servicenow', 'incident', 'incremental', %s, now(), now(), %s, %s) returning load_id
"""


@pytest.fixture(autouse=True)
def empty_folder(warehouse: SimpleNamespace) -> None:
    for path in folder().iterdir():
        path.unlink()


def add_load(warehouse: SimpleNamespace, source: str, status: str = "done", n_new: int = 0, n_deleted: int = 0) -> int:
    with psycopg.connect(warehouse.url) as connection:
        row = connection.execute(LOAD, (source, status, n_new, n_deleted)).fetchone()
    assert row is not None
    return int(row[0])


def test_a_back_up_restores_to_the_same_rows_without_students(warehouse: SimpleNamespace) -> None:
    load_id = add_load(warehouse, "restored", n_new=1)
    with psycopg.connect(warehouse.url) as connection:
        connection.execute("create table student.pupil (hashed text)")
        connection.execute("insert into student.pupil values ('0f')")
    summary = back_up()
    with psycopg.connect(warehouse.url, autocommit=True) as connection:
        connection.execute("drop database if exists restored_copy with (force)")
        connection.execute("create database restored_copy")
    copy = warehouse.url.replace("/warehouse?", "/restored_copy?")
    subprocess.run(
        [binaries() / "pg_restore", "--dbname", copy, "--no-owner", summary.path], check=True, capture_output=True
    )
    with psycopg.connect(copy) as connection:
        assert connection.execute("select load_id from ops.load where source = 'restored'").fetchall() == [(load_id,)]
        assert connection.execute("select count(*) from student.pupil").fetchone() == (0,)
    with psycopg.connect(warehouse.url, autocommit=True) as connection:
        connection.execute("drop database restored_copy with (force)")
        connection.execute("drop table student.pupil")


def test_only_the_last_few_are_kept_and_their_owner_alone_reads_them(warehouse: SimpleNamespace) -> None:
    written = [back_up(keep=2).path for _ in range(3)]
    assert sorted(folder().iterdir()) == written[1:]
    assert {path.stat().st_mode & 0o777 for path in written[1:]} == {0o600}
    assert folder().stat().st_mode & 0o777 == 0o700


def test_what_a_killed_back_up_left_is_cleared_and_never_mistaken_for_one(warehouse: SimpleNamespace) -> None:
    (folder() / "warehouse_20250101T000000000000Z.partial").write_text("half")
    written = back_up().path
    assert list(folder().iterdir()) == [written]


def test_a_back_up_that_fails_says_why_in_one_sentence_and_spares_the_older_ones(
    warehouse: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = back_up().path
    monkeypatch.setenv("SCHOOLWARD_WAREHOUSE_URL", "postgresql://nobody:secret-word@127.0.0.1:1/nothing")
    with pytest.raises(SchoolwardError, match=r"127\.0\.0\.1:1/nothing could not be backed up: .*refused") as told:
        back_up(keep=1)
    assert "secret-word" not in str(told.value)
    assert "\n" not in str(told.value)
    assert list(folder().iterdir()) == [older]


def test_the_password_reaches_pg_dump_by_its_environment_alone(
    warehouse: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCHOOLWARD_WAREHOUSE_URL", "postgresql://us:secret-word@db.example/warehouse?sslmode=require")
    seen: dict[str, object] = {}

    def watch(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        seen.update(options, command=command)
        return subprocess.CompletedProcess(command, 0, stderr="")

    monkeypatch.setattr(subprocess, "run", watch)
    back_up()
    assert "secret-word" not in str(seen["command"])
    environment = seen["env"]
    assert isinstance(environment, dict)
    wanted = {
        "PGHOST": "db.example",
        "PGUSER": "us",
        "PGPASSWORD": "secret-word",
        "PGDATABASE": "warehouse",
        "PGSSLMODE": "require",
    }
    assert wanted.items() <= environment.items()
    assert not {name for name in environment if name.startswith("SCHOOLWARD")} & set(os.environ)
