"""The helpers beside these tests are modules of their own; the project is compiled once for each module of tests."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from detection_method import Method

from schoolward.dbt_adapter import compiled_project
from schoolward.warehouse.connection import connect


@pytest.fixture(scope="module")
def method(warehouse: SimpleNamespace) -> Iterator[Method]:
    manifest = compiled_project()
    with connect("owner", autocommit=True) as connection:
        yield Method(connection, manifest)
