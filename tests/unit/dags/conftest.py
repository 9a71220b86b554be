"""Parsing the DAG files as Airflow's processor does, without its database and with every way out of the process shut."""

import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

ROOT = Path(__file__).parents[3]
DAGS = ROOT / "dags"
PLUGINS = ROOT / "plugins"

Parse = Callable[..., Any]


class DoorError(AssertionError):
    """Something left the process while a DAG file was being parsed."""


@pytest.fixture(scope="session", autouse=True)
def airflow_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An Airflow of the tests' own, with our plugins, whatever another test made Airflow read before."""
    home = tmp_path_factory.mktemp("airflow_home")
    handlers = logging.root.handlers.copy()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AIRFLOW_HOME", str(home))
        patch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
        patch.syspath_prepend(str(PLUGINS))
        from airflow import plugins_manager, settings

        patch.setattr(settings, "PLUGINS_FOLDER", str(PLUGINS))
        for cached in (plugins_manager._get_plugins, plugins_manager.get_timetables_plugins):
            cached.cache_clear()
        yield home
    logging.root.handlers[:] = handlers  # Airflow's write to a stream that pytest closes


@pytest.fixture(autouse=True)
def own_state(airflow_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A state folder beside it, for these tests alone."""
    monkeypatch.setenv("SCHOOLWARD_HOME", str(airflow_home / "state"))


@pytest.fixture(scope="session")
def parse() -> Parse:
    """Parse DAG files for a district file; whatever opens a connection or a process meanwhile raises."""

    def parse_for(district_file: Path, folder: Path = DAGS) -> Any:
        from airflow.dag_processing.dagbag import DagBag

        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SCHOOLWARD_DISTRICT", str(district_file))
            _shut_the_doors(patch)
            return DagBag(folder)

    return parse_for


@pytest.fixture(scope="session")
def bag(parse: Parse, lakeside_file: Path) -> Any:
    """The DagBag of the sample district."""
    return parse(lakeside_file)


@pytest.fixture
def opened() -> Iterator[set[Path]]:
    """The files this process has opened since the test began, Python's own modules aside."""
    paths: set[Path] = set()
    is_listening = True

    def listen(event: str, arguments: tuple[Any, ...]) -> None:
        if is_listening and event == "open" and isinstance(arguments[0], str | bytes | os.PathLike):
            path = Path(os.fsdecode(arguments[0]))
            if path.suffix not in {".py", ".pyc"} and "__pycache__" not in path.parts:
                paths.add(path)

    sys.addaudithook(listen)  # can never be taken out again, so it is told to stop
    yield paths
    is_listening = False


def _shut_the_doors(patch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise DoorError("a DAG file must do no input or output when it is parsed")

    for owner, name in (
        (socket.socket, "connect"), (socket, "create_connection"), (socket, "getaddrinfo"), (psycopg, "connect"),
        (requests.Session, "request"), (subprocess, "Popen"), (os, "system"),
    ):  # fmt: skip
        patch.setattr(owner, name, refuse)
