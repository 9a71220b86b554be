"""A district's csv_drop source over a folder of the test's own."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from schoolward.connections import Connection
from schoolward.district import SourceConfig
from schoolward.sources.csv_drop import CsvDrop

CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def drop(tmp_path: Path) -> Callable[..., CsvDrop]:
    """Makes a source whose folder is ``tmp_path`` and whose streams have the given options."""

    def make(**streams: dict[str, Any]) -> CsvDrop:
        config = SourceConfig("hr", "csv_drop", "files", "@daily", {"streams": streams}, 60)
        connection = Connection("files", "file", path=str(tmp_path))
        return CsvDrop(SimpleNamespace(timezone=CHICAGO), config, connection, b"key")  # type: ignore[arg-type]

    return make
