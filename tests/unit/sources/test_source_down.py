"""A source at whose address nobody answers is asked once and told in one sentence, however many streams it has."""

import socket
from importlib import import_module

import pytest

from schoolward.connections import Connection
from schoolward.district import District
from schoolward.ingest.http import Limits
from schoolward.sources.base import SYSTEMS


@pytest.fixture
def dead_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


@pytest.mark.parametrize("name", ["helpdesk", "facilities_desk", "sis"])
def test_a_source_that_is_down_is_one_sentence(lakeside_district: District, dead_port: int, name: str) -> None:
    config = lakeside_district.source(name)
    where = Connection(id=name, host="127.0.0.1", port=dead_port, scheme="http", login="svc", password="secret")
    source = import_module(SYSTEMS[config.system]).SOURCE(lakeside_district, config, where, b"key", Limits(retries=0))
    assert len(source.streams()) > 1
    try:
        [told] = source.check()
    finally:
        source.close()
    assert "cannot be reached" in told
    assert f"Check host and port of connection {name!r}" in told
