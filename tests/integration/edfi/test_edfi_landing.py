"""An ODS in the warehouse: deletions are tombstones, what came again lives, and students leave nothing behind."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest

from schoolward.ingest.run import load
from schoolward.sample.replay.client import RunningServer
from schoolward.sources.base import stream_named
from schoolward.sources.edfi import EdFi
from schoolward.warehouse.connection import connect

from .conftest import NEXT_DAY

Make = Callable[..., EdFi]


@pytest.fixture
def land(warehouse: SimpleNamespace, source: Make) -> Callable[..., Any]:
    """Lands a stream of a source of that name."""

    def ingest(stream: str, mode: Any = "incremental", **options: Any) -> Any:
        opened = source(overlap_versions=5, **options)
        with connect("loader", autocommit=True) as connection:
            return load(connection, opened, stream_named(opened, stream), mode)

    return ingest


@pytest.fixture(autouse=True)
def _same_home(warehouse: SimpleNamespace, ods: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The warehouse's passwords lie in the session's home, so the tokens do too."""
    monkeypatch.setenv("SCHOOLWARD_HOME", str(warehouse.home))
    with psycopg.connect(warehouse.url) as connection:
        connection.execute(
            "truncate ops.watermark, raw_edfi.schools, raw_edfi.sessions, student.edfi_student_school_associations"
        )


def rows(warehouse: SimpleNamespace, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(warehouse.url) as connection:
        return connection.execute(query.encode()).fetchall()


@pytest.mark.parametrize("version", ["5.2", "7.1", "7.3"])
def test_a_days_changes_land_with_their_deletions(
    warehouse: SimpleNamespace, ods: RunningServer, land: Callable[..., Any], version: str
) -> None:
    """At 5.2 deletions are found by reading everything, later they are told: the table is the same."""
    ods.set_behaviour(version=version)
    first = land("schools")
    assert (first.counts.n_new, first.counts.n_deleted) == (60, 0)
    ods.set_clock(NEXT_DAY)
    later = land("schools")
    assert (later.counts.n_new, later.counts.n_changed, later.counts.n_deleted) == (1, 1, 1)
    live = rows(warehouse, "select school_id from raw_edfi.schools where _is_current and not _is_deleted order by 1")
    assert [school for (school,) in live] == sorted({1000 + n for n in range(61)} - {1008})
    gone = rows(warehouse, "select school_id, name from raw_edfi.schools where _is_current and _is_deleted")
    assert gone == [(1008, "School 8")]
    assert land("schools").counts.n_deleted == 0


def test_a_renamed_session_is_another_and_the_old_one_is_gone(
    warehouse: SimpleNamespace, ods: RunningServer, land: Callable[..., Any]
) -> None:
    land("sessions")
    ods.set_clock(NEXT_DAY)
    land("sessions")
    current = rows(warehouse, "select session_name, _is_deleted from raw_edfi.sessions where _is_current order by 1")
    assert current == [("Autumn", False), ("Fall", True)]


def test_a_sweep_finds_what_changes_did_not_tell(
    warehouse: SimpleNamespace, ods: RunningServer, land: Callable[..., Any]
) -> None:
    land("schools")
    with psycopg.connect(warehouse.url) as connection:
        connection.execute(
            "update raw_edfi.schools set name = 'Stale', _fingerprint = gen_random_uuid() where school_id = 1003"
        )
    assert land("schools").counts.n_changed == 0
    assert land("schools", "reconcile").counts.n_changed == 1


def test_an_optional_resource_that_is_refused_is_skipped(ods: RunningServer, land: Callable[..., Any]) -> None:
    ods.set_behaviour(forbidden=["educationOrganizationNetworks"])
    assert land("education_organization_networks").status == "skipped"


def test_students_are_held_under_hashes_alone(warehouse: SimpleNamespace, land: Callable[..., Any]) -> None:
    land("student_education_organization_associations", need={})
    held = rows(warehouse, "select t::text from student.edfi_student_education_organization_associations as t")
    assert len(held) == 4
    assert not [text for (text,) in held if "P1" in text or "Female" in text]
