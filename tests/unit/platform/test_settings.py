"""platform.env: read as Compose reads it, and secrets kept out of it."""

from pathlib import Path

import pytest

from schoolward.errors import SchoolwardError
from schoolward.platform import settings


def test_a_setting_is_everything_behind_the_first_equals_sign(tmp_path: Path) -> None:
    file = tmp_path / "platform.env"
    file.write_text("# why\n\nA=1\nB=x=y z\nC=\n")
    assert settings.read_settings(file) == {"A": "1", "B": "x=y z", "C": ""}


def test_a_line_that_is_no_setting_is_told_with_its_number(tmp_path: Path) -> None:
    file = tmp_path / "platform.env"
    file.write_text("A=1\nexport B=2\n")
    with pytest.raises(SchoolwardError, match=r"platform\.env, line 2: write NAME=VALUE"):
        settings.read_settings(file)


def test_a_missing_settings_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(SchoolwardError, match="Restore it from the repository"):
        settings.read_settings(tmp_path / "absent.env")


def test_the_shipped_settings_hold_no_secret() -> None:
    shipped = settings.read_settings()
    secret_words = ("SECRET", "PASSWORD", "FERNET", "SQL_ALCHEMY_CONN", "AIRFLOW_CONN")
    assert [name for name in shipped if any(word in name for word in secret_words)] == []


def test_a_variable_of_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SCHOOLWARD_HOME", str(tmp_path))
    monkeypatch.setattr(settings, "secret_environment", dict)
    monkeypatch.setenv("AIRFLOW__CORE__PARALLELISM", "17")
    environment = settings.native_environment(8099)
    assert environment["AIRFLOW__CORE__PARALLELISM"] == "17"
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert environment["AIRFLOW__API__PORT"] == "8099", "the port that was found free wins over both"
