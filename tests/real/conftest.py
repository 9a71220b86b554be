"""Real records through the whole of ingestion: Chicago's schools and rosters, and a real ServiceNow log, from replay servers.

The records lie outside the repository; where they are absent every test here is skipped, saying so.
"""

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from schoolward.district import District, load_district
from schoolward.ingest.run import ingest_stream
from schoolward.sample import chicago
from schoolward.sample.replay.client import RunningServer, System, start
from schoolward.sources.base import open_source

CREDENTIALS = {"REPLAY_CLIENT_ID": "schoolward", "REPLAY_CLIENT_SECRET": "not-a-secret"}
SYSTEMS: dict[str, System] = {"sis": "oneroster", "helpdesk": "servicenow", "files": "files"}
EXTRA = {
    "sis": {"base_path": "/ims/oneroster/rostering/v1p2", "token_path": "/oauth2/token"},
    "helpdesk": {"auth": "oauth_client_credentials"},
    "files": {},
}


@pytest.fixture(scope="session")
def real_data() -> Path:
    folder = chicago.real_data()
    if folder is None:
        pytest.skip(
            "The real records are not here: ../shared/data is absent and SCHOOLWARD_REAL_DATA does not point at them."
        )
    return folder


@pytest.fixture(scope="session")
def chicago_folder(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The records folder, with the district file beside its crosswalk."""
    folder = tmp_path_factory.mktemp("chicago")
    chicago.convert(real_data, folder)
    shutil.copy(Path(chicago.__file__).with_name("chicago.toml"), folder / "district.toml")
    return folder


@pytest.fixture(scope="session")
def chicago_district(chicago_folder: Path) -> District:
    return load_district(chicago_folder / "district.toml")


@dataclass(frozen=True)
class Replayed:
    """A fresh warehouse, and the replayed systems it pulls from."""

    district: District
    url: str
    servers: dict[str, RunningServer]

    def pull(self, at: datetime, source: str, streams: Sequence[str]) -> None:
        """Set the source's clock and land what changed since the last pull."""
        connection = self.district.source(source).connection
        self.servers[connection].set_clock(at)
        for stream in streams:
            ingest_stream(self.district, source, stream)

    def stream_names(self, source: str) -> list[str]:
        with closing(open_source(self.district, source)) as opened:
            return [stream.name for stream in opened.streams()]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()

    def count(self, query: str) -> int:
        [(n,)] = self.rows(query)
        assert isinstance(n, int)
        return n


@pytest.fixture(scope="session")
def replay(
    chicago_folder: Path, chicago_district: District, fresh_warehouse: Callable[[District], AbstractContextManager[str]]
) -> Callable[[Sequence[str], datetime], AbstractContextManager[Replayed]]:
    """Call it with connections and an instant: a fresh warehouse, and those systems' servers at the instant."""

    @contextmanager
    def replayed(systems: Sequence[str], at: datetime) -> Iterator[Replayed]:
        with fresh_warehouse(chicago_district) as url, pytest.MonkeyPatch.context() as patch, ExitStack() as servers:
            started = {
                one: servers.enter_context(start(SYSTEMS[one], chicago_folder, at, CREDENTIALS)) for one in systems
            }
            for connection, server in started.items():
                fields = {
                    "conn_type": "http",
                    "schema": "http",
                    "host": "127.0.0.1",
                    "port": server.port,
                    "login": CREDENTIALS["REPLAY_CLIENT_ID"],
                    "password": CREDENTIALS["REPLAY_CLIENT_SECRET"],
                    "extra": EXTRA[connection],
                }
                patch.setenv(f"AIRFLOW_CONN_{connection.upper()}", json.dumps(fields))
            yield Replayed(chicago_district, url, started)

    return replayed
