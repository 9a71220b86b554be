"""Lakeside, generated once for all its tests."""

import pytest
from tests.unit.sample.lakeside_records import Folder, Rulebook, read_rulebook

from schoolward.sample.generate import generate


@pytest.fixture(scope="session")
def rulebook() -> Rulebook:
    return read_rulebook()


@pytest.fixture(scope="session")
def lakeside(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    path = tmp_path_factory.mktemp("records") / "lakeside"
    return Folder(path, generate(path))
