"""The replayed file server lists and gives what had been delivered."""

from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from schoolward.sample.replay.client import RunningServer

USER = ("svc", "pass word")


def get(server: RunningServer, path: str, auth: Any = USER, **headers: str) -> requests.Response:
    return requests.get(server.base_url + path, auth=auth, headers=headers, timeout=10)


@pytest.mark.parametrize("auth", [None, ("svc", "no")])
def test_without_the_password_nothing_is_shown(files: RunningServer, auth: Any) -> None:
    answer = get(files, "/hr/", auth)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")


def test_a_folder_lists_its_files_as_nginx_does(files: RunningServer) -> None:
    entry = {"name": "positions_20260101.csv", "type": "file", "mtime": "Thu, 01 Jan 2026 06:00:00 GMT", "size": 4}
    assert get(files, "/hr/").json() == [entry]
    assert get(files, "/hr").json() == [entry]  # after a redirect
    assert [e["name"] for e in get(files, "/").json()] == ["hr", "registers"]


def test_a_register_whose_first_file_is_still_to_come_is_an_empty_folder(files: RunningServer) -> None:
    assert get(files, "/registers/").json() == []
    assert get(files, "/nothing/").status_code == 404


def test_a_file_delivered_again_replaces_the_one_before_once_the_clock_has_passed(files: RunningServer) -> None:
    path = "/hr/positions_20260101.csv"
    first = get(files, path)
    assert (first.text, first.headers["Last-Modified"]) == ("a\n1\n", "Thu, 01 Jan 2026 06:00:00 GMT")
    assert first.headers["Content-Type"] == "text/csv"
    files.set_clock(datetime(2026, 2, 10, tzinfo=UTC))
    assert get(files, path).text == "a\n2\n"
    assert get(files, path, **{"If-Modified-Since": "Sun, 01 Feb 2026 06:00:00 GMT"}).status_code == 304
