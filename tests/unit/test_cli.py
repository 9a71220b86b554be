"""The command line tells a person in one sentence what to mend."""

import subprocess
import sys
from pathlib import Path

import pytest


def schoolward(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    code = "from schoolward.cli import main; main()"
    env = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), "SCHOOLWARD_HOME": str(cwd / "state"), **environment}
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_missing_district_file_is_one_sentence_and_exit_code_1(tmp_path: Path) -> None:
    run = schoolward("ingest", "helpdesk", cwd=tmp_path)
    assert run.returncode == 1
    assert "Write it with `schoolward init`" in run.stderr
    assert "Traceback" not in run.stderr
    assert len(run.stderr.strip().splitlines()) == 1


def test_init_writes_a_district_file_that_passes_its_own_check(tmp_path: Path) -> None:
    run = schoolward("init", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "registers" / "central_ask.csv").read_text().startswith("ask_id,unit_id,sent_on,")
    second = schoolward("init", cwd=tmp_path)
    assert "No warehouse is running here. Run `make up`" in second.stderr
    assert second.returncode == 1


def test_init_writes_empty_registers_into_a_folder_and_nothing_else(tmp_path: Path) -> None:
    run = schoolward("init", "--registers", "our registers", cwd=tmp_path)
    assert run.returncode == 0, run.stderr
    assert [path.name for path in tmp_path.iterdir() if path.name != "state"] == ["our registers"]
    assert "empty registers to our registers" in run.stdout


def test_doctor_tells_every_mistake_and_fails(tmp_path: Path) -> None:
    schoolward("init", cwd=tmp_path)
    file = tmp_path / "district.toml"
    file.write_text(file.read_text().replace("America/Chicago", "Nowhere").replace('"*/30 * * * *"', '"often"'))
    run = schoolward("doctor", cwd=tmp_path)
    assert run.returncode == 1
    assert run.stdout.count("MEND") == 2


@pytest.mark.parametrize(
    "command", ["doctor", "init", "ingest", "transform", "alert", "digest", "status", "warehouse-url"]
)
def test_every_promised_command_is_there(tmp_path: Path, command: str) -> None:
    assert schoolward(command, "--help", cwd=tmp_path).returncode == 0


def test_an_unknown_role_names_those_there_are(tmp_path: Path) -> None:
    run = schoolward("warehouse-url", "--role", "boss", cwd=tmp_path)
    assert "use one of owner, loader, transformer, reader, alerter" in run.stderr
