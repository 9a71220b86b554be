"""Secrets are made once, kept for their owner alone, and can be given from outside."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from schoolward.errors import SchoolwardError
from schoolward.secrets import NAMES, secret


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SCHOOLWARD_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def test_a_secret_stays_the_same_and_no_two_are_alike() -> None:
    first = {name: secret(name) for name in NAMES}
    assert first == {name: secret(name) for name in NAMES}
    assert len(set(first.values())) == len(NAMES)
    assert all(len(value) >= 32 for value in first.values())


def test_the_secrets_file_is_readable_by_its_owner_alone(own_home: Path) -> None:
    secret("reader")
    assert stat.S_IMODE((own_home / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(own_home.stat().st_mode) == 0o700


def test_processes_starting_at_once_agree() -> None:
    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(lambda _: secret("postgres"), range(16)))) == 1


def test_a_secret_given_by_the_environment_or_a_file_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "given").write_text("from a file\n")
    monkeypatch.setenv("SCHOOLWARD_SECRET_READER_FILE", str(tmp_path / "given"))
    assert secret("reader") == "from a file"
    monkeypatch.setenv("SCHOOLWARD_SECRET_READER", "from the environment")
    assert secret("reader") == "from the environment"


def test_an_unreadable_secret_file_says_what_to_mend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCHOOLWARD_SECRET_READER_FILE", str(tmp_path / "none"))
    with pytest.raises(SchoolwardError, match=r"SCHOOLWARD_SECRET_READER_FILE names .* cannot be read"):
        secret("reader")


def test_a_broken_secrets_file_is_never_replaced(own_home: Path) -> None:
    own_home.mkdir()
    (own_home / "secrets.json").write_text("{broken")
    with pytest.raises(SchoolwardError, match="Restore it from a back-up"):
        secret("reader")
    assert (own_home / "secrets.json").read_text() == "{broken"
