"""The functions that DAGs and the terminal call, on a district's own folders of files."""

import functools
import http.server
import json
import os
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import formatdate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from tests.integration.landing.scripted import LEARNERS, THINGS, Learner, ScriptedPull, Thing, day, page, source_of

from schoolward.district import District
from schoolward.errors import SchoolwardError, SourceError
from schoolward.ingest import run
from schoolward.ingest.run import ingest_stream, load, maintain, reconcile_stream
from schoolward.warehouse.connection import connect

Warehouse = psycopg.Connection[Any]
HEADING = "Position,Employee,Dept,Dept Name,Job,Title,FTE\n"
DEPARTMENT = "10,Network 1,J1,Principal,1.0\n"


@pytest.fixture
def drop_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loader: Warehouse) -> Path:
    """The folder behind Lakeside's connection ``files``; the position table is empty."""
    monkeypatch.setenv("AIRFLOW_CONN_FILES", json.dumps({"conn_type": "file", "extra": {"path": str(tmp_path)}}))
    loader.execute("delete from raw_csv_drop.hr_position")
    (tmp_path / "hr").mkdir()
    return tmp_path / "hr"


def positions(*rows: str) -> bytes:
    return (HEADING + "".join(f"{row},{DEPARTMENT}" for row in rows)).encode("cp1252")


def history(warehouse: Warehouse) -> list[tuple[Any, ...]]:
    return warehouse.execute(
        "select position_id, occupant_no, staff_id, (_seen_from at time zone 'America/Chicago')::date::text,"
        " (_seen_to at time zone 'America/Chicago')::date::text, _is_deleted from raw_csv_drop.hr_position order by 1, 2, _seen_from"
    ).fetchall()


def test_extracts_that_arrive_together_tell_hires_exits_moves_and_vacancies_each_on_its_day(
    loader: Warehouse, drop_folder: Path, lakeside_district: District
) -> None:
    (drop_folder / "positions_20250901.csv").write_bytes(positions("P1,", "P2,núñez", "P3,carol"))
    (drop_folder / "positions_20250815.csv").write_bytes(positions("P1,alice", "P2,bob"))
    (drop_folder / "positions_20250825.csv").write_bytes(positions("P1,alice", "P2,núñez"))
    summary = ingest_stream(lakeside_district, "hr", "hr_position")
    assert (summary.n_loads, summary.counts.n_new, summary.counts.n_changed) == (3, 3, 2)
    assert history(loader) == [
        ("P1", 1, "alice", "2025-08-15", "2025-09-01", False),
        ("P1", 1, None, "2025-09-01", None, False),
        ("P2", 1, "bob", "2025-08-15", "2025-08-25", False),
        ("P2", 1, "núñez", "2025-08-25", None, False),
        ("P3", 1, "carol", "2025-09-01", None, False),
    ]
    assert ingest_stream(lakeside_district, "hr", "hr_position").status == "skipped"
    assert reconcile_stream(lakeside_district, "hr", "hr_position").n_changed_rows == 0


def test_a_file_that_stops_the_row_of_files_keeps_what_landed_before_it(
    loader: Warehouse, drop_folder: Path, lakeside_district: District
) -> None:
    (drop_folder / "positions_20250815.csv").write_bytes(positions("P1,alice"))
    (drop_folder / "positions_20250825.csv").write_bytes(positions("P1,bob").replace(b"Employee", b"Staff"))
    with pytest.raises(SchoolwardError, match=r"positions_20250825\.csv has no column 'Employee'"):
        ingest_stream(lakeside_district, "hr", "hr_position")
    assert [row[2] for row in history(loader)] == ["alice"]
    (drop_folder / "positions_20250825.csv").write_bytes(positions("P1,bob"))
    assert ingest_stream(lakeside_district, "hr", "hr_position").counts.n_changed == 1


def test_an_unknown_stream_or_source_is_named(lakeside_district: District, drop_folder: Path) -> None:
    with pytest.raises(SchoolwardError, match="has no stream 'payroll'"):
        ingest_stream(lakeside_district, "hr", "payroll")
    with pytest.raises(SchoolwardError, match="has no source 'payroll'"):
        ingest_stream(lakeside_district, "payroll", "hr_position")


class Autoindex(http.server.SimpleHTTPRequestHandler):
    """Lists folders as nginx does with ``autoindex_format json``; wants a password."""

    declared_extra = 0

    def do_GET(self) -> None:
        if self.headers.get("Authorization") != "Basic aHI6c2VjcmV0":
            self.send_error(401)
        elif self.path.endswith("/"):
            folder = Path(self.translate_path(self.path))
            if not folder.is_dir():
                self.send_error(404)
                return
            entries = [
                {
                    "name": path.name,
                    "type": "file",
                    "mtime": formatdate(path.stat().st_mtime, usegmt=True),
                    "size": path.stat().st_size + self.declared_extra,
                }
                for path in sorted(folder.iterdir())
            ]
            body = json.dumps(entries).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        else:
            super().do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def web_folder(drop_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The same folder, behind a web server."""
    handler = functools.partial(Autoindex, directory=str(drop_folder.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    connection = {
        "conn_type": "http",
        "host": "127.0.0.1",
        "port": server.server_address[1],
        "login": "hr",
        "password": "secret",
    }
    monkeypatch.setenv("AIRFLOW_CONN_FILES", json.dumps(connection))
    yield drop_folder
    server.shutdown()
    server.server_close()


def test_a_folder_behind_a_web_server_lands_the_same(
    loader: Warehouse, web_folder: Path, lakeside_district: District
) -> None:
    (web_folder / "positions_20250815.csv").write_bytes(positions("P1,alice"))
    (web_folder / "positions_20250825.csv").write_bytes(positions("P1,núñez"))
    assert ingest_stream(lakeside_district, "hr", "hr_position").counts.n_changed == 1
    assert [row[2] for row in history(loader)] == ["alice", "núñez"]
    assert ingest_stream(lakeside_district, "hr", "hr_position").status == "skipped"


def test_a_file_of_another_size_than_listed_is_still_being_written(
    loader: Warehouse, web_folder: Path, lakeside_district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Autoindex, "declared_extra", 10)
    (web_folder / "positions_20250815.csv").write_bytes(positions("P1,alice"))
    with pytest.raises(SourceError, match="it is still being written"):
        ingest_stream(lakeside_district, "hr", "hr_position")
    assert history(loader) == []


def test_a_missing_web_folder_is_one_sentence(web_folder: Path, lakeside_district: District) -> None:
    web_folder.rmdir()
    with pytest.raises(SourceError, match="answers 404"):
        ingest_stream(lakeside_district, "hr", "hr_position")


def test_one_load_at_a_time_writes_a_table(loader: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LOCK_TIMEOUT", "100ms")
    with connect("loader", autocommit=True) as other:
        other.execute("select pg_advisory_lock(hashtextextended('schoolward raw_servicenow.thing', 0))")
        with pytest.raises(SchoolwardError, match=r"Another load of raw_servicenow\.thing has been running"):
            load(loader, source_of(ScriptedPull([page()], at=day(0))), THINGS, "incremental")
        student = ScriptedPull([page(Learner(learner_id="a"))], at=day(0))
        assert load(loader, source_of(student), LEARNERS, "incremental").counts.n_new == 1
    assert loader.execute("show lock_timeout").fetchone() == ("0",)


def test_loads_of_one_table_commit_in_the_order_of_their_ids(loader: Warehouse) -> None:
    """What dbt's incremental models rely on: a load id above all they hold is a load they have not seen."""

    class SlowPull(ScriptedPull):
        def __iter__(self) -> Iterator[Any]:
            for found in super().__iter__():
                time.sleep(0.05)
                yield found

    def land(name: str) -> None:
        with connect("loader", autocommit=True) as warehouse:
            for d in range(3):
                pages = [page(Thing(thing_id=f"{name}{d}{n}")) for n in range(2)]
                load(warehouse, source_of(SlowPull(pages, at=day(d)), name=name), THINGS, "incremental")

    workers = [threading.Thread(target=land, args=(name,)) for name in ("north", "south", "west")]
    for worker in workers:
        worker.start()
    highest, seen = 0, 0
    while any(worker.is_alive() for worker in workers) or seen < 9:
        new = loader.execute("select load_id from ops.load where load_id > %s order by 1", [highest]).fetchall()
        seen += len(new)
        highest = max([highest, *(load_id for (load_id,) in new)])
        time.sleep(0.01)
    for worker in workers:
        worker.join()
    assert loader.execute("select count(*), count(*) filter (where status = 'done') from ops.load").fetchone() == (9, 9)
    assert seen == 9


class TestMaintain:
    def test_student_rows_go_after_30_days_by_either_clock_and_the_stream_starts_over(
        self,
        loader: Warehouse,
        warehouse: SimpleNamespace,
        lakeside_district: District,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(run, "streams_of", lambda system: (LEARNERS,) if system == "oneroster" else (THINGS,))
        for name, days in (("old", (0, 31)), ("fresh", (0, 29)), ("forgotten", (0,))):
            for d in days:
                pull = ScriptedPull([page(Learner(learner_id=f"{name}{d}"))], at=day(d), cursor={"d": d})
                load(loader, source_of(pull, name=name), LEARNERS, "incremental")
        loader.execute("update ops.load set finished_at = now() - interval '31 days' where source = 'forgotten'")
        summary = maintain(lakeside_district)
        assert summary.n_student_rows == 2
        rows = loader.execute("select learner_id from student.oneroster_learner order by 1").fetchall()
        assert rows == [("fresh0",), ("fresh29",), ("old31",)]
        assert loader.execute("select source from ops.watermark").fetchall() == [("fresh",)]

    def test_old_books_go_and_what_rows_and_freshness_rest_on_stays(
        self, loader: Warehouse, lakeside_district: District, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(run, "streams_of", lambda system: (THINGS,) if system == "servicenow" else ())
        bad = Thing(thing_id="", name="x")
        for d in range(4):  # the first brings a row and a reject, the others nothing new
            load(loader, source_of(ScriptedPull([page(Thing(thing_id="a"), bad)], at=day(d))), THINGS, "incremental")
        loader.execute("update ops.load set finished_at = now() - interval '91 days'")
        summary = maintain(lakeside_district)
        assert (summary.n_loads, summary.n_quarantined) == (2, 1)
        kept = loader.execute("select source_at from ops.load order by load_id").fetchall()
        assert kept == [(day(0),), (day(3),)]
        assert loader.execute("select count(*) from raw_servicenow.thing").fetchone() == (1,)


def test_an_instant_in_a_files_name_wins_over_the_files_own_time(
    drop_folder: Path, lakeside_district: District, loader: Warehouse
) -> None:
    path = drop_folder / "positions_20250815T060000Z.csv"
    path.write_bytes(positions("P1,alice"))
    os.utime(path, (0, 0))
    assert ingest_stream(lakeside_district, "hr", "hr_position").source_at == datetime(2025, 8, 15, 6, tzinfo=UTC)
