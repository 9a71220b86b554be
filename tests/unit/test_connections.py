"""Credentials are read as Airflow writes them, and never shown."""

import pytest

from schoolward.connections import connection
from schoolward.errors import SchoolwardError


def test_a_connection_may_be_a_uri(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SIS", "https://client%40id:p%2Fw@sis.example:8443/api?token_path=%2Foauth")
    found = connection("sis")
    assert (found.base_url, found.path, found.login, found.password) == (
        "https://sis.example:8443",
        "/api",
        "client@id",
        "p/w",
    )
    assert found.extra == {"token_path": "/oauth"}


def test_a_connection_may_be_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_SIS",
        '{"conn_type": "http", "host": "127.0.0.1", "port": 8080, "login": "a", "password": "b", "extra": {"auth": "basic"}}',
    )
    found = connection("sis")
    assert (found.base_url, found.login, found.extra) == ("http://127.0.0.1:8080", "a", {"auth": "basic"})


def test_a_host_may_be_a_whole_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SIS", '{"conn_type": "http", "host": "https://sis.example/prefix"}')
    assert (connection("sis").base_url, connection("sis").path) == ("https://sis.example", "/prefix")


def test_a_folder_is_a_connection_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_FILES", "file:///srv/hr%20drop")
    assert (connection("files").scheme, connection("files").path) == ("file", "/srv/hr drop")
    monkeypatch.setenv("AIRFLOW_CONN_FILES", '{"conn_type": "file", "extra": {"path": "/srv/hr drop"}}')
    assert (connection("files").scheme, connection("files").path) == ("file", "/srv/hr drop")


def test_the_password_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "AIRFLOW_CONN_SIS", '{"host": "h", "login": "a", "password": "hidden1", "extra": {"key": "hidden2"}}'
    )
    assert "hidden" not in repr(connection("sis"))


@pytest.mark.parametrize("value", ["{not json", '["a"]', "https://h:notaport/"])
def test_an_unreadable_connection_is_told_without_its_value(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SIS", value)
    with pytest.raises(SchoolwardError, match="AIRFLOW_CONN_SIS") as caught:
        connection("sis")
    assert "\n" not in str(caught.value)
    assert value not in str(caught.value)
