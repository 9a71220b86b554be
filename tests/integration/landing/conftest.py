"""Raw tables of the made-up source, and a warehouse connection of the loader's role."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from tests.integration.landing.scripted import LEARNERS, THINGS

from schoolward.ingest.raw_table import ddl
from schoolward.warehouse.connection import connect


@pytest.fixture(scope="module")
def tables(warehouse: SimpleNamespace) -> None:
    """The raw tables of the made-up streams, with the rights the real ones have."""
    with psycopg.connect(warehouse.url) as owner:
        for stream in (THINGS, LEARNERS):
            owner.execute(ddl(stream).encode())


@pytest.fixture
def loader(tables: None) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the loader's role; the made-up tables and the books are empty."""
    with connect("loader", autocommit=True) as connection:
        for table in (
            "raw_servicenow.thing",
            "student.oneroster_learner",
            "ops.load",
            "ops.watermark",
            "ops.quarantine",
            "ops.drift",
        ):
            connection.execute(f"delete from {table}".encode())
        yield connection
