"""The folder as a whole: repeatable, and of the shape its readers expect."""

import os
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from shutil import copy

from tests.unit.sample.lakeside_records import DISTRICT_FILE, Folder

from schoolward.district import load_district


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def _generate(folder: Path, *arguments: str, hash_seed: str) -> str:
    command = [sys.executable, "-m", "schoolward.sample.generate", "--folder", str(folder), *arguments]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def test_the_same_seed_gives_the_same_bytes_in_another_process(lakeside: Folder, tmp_path: Path) -> None:
    """Another hash seed as well: an order taken from a set would differ."""
    told = _generate(tmp_path / "again", hash_seed="4711")
    assert _digests(tmp_path / "again") == _digests(lakeside.path)
    assert "64 schools" in told


def test_the_district_file_accepts_the_crosswalk_that_was_written(lakeside: Folder, tmp_path: Path) -> None:
    copy(DISTRICT_FILE, tmp_path / "district.toml")
    copy(lakeside.path / "lakeside_crosswalk.csv", tmp_path)
    aliases = load_district(tmp_path / "district.toml").school_aliases
    schools = {school["school_id"] for school in lakeside.truth["schools"]}
    assert {alias.school_id for alias in aliases if alias.kind == "hr_code"} == schools
    assert 55 <= sum(alias.kind == "location" for alias in aliases) < 64


def test_there_are_six_thousand_touchpoints_and_six_networks_of_about_ten_schools(lakeside: Folder) -> None:
    assert lakeside.summary.n_touchpoints >= 6_000
    schools = [o for o in lakeside.current("oneroster/orgs", "sourcedId").values() if o["type"] == "school"]
    sizes = sorted(
        sum(s["parent"]["sourcedId"] == network for s in schools)
        for network in {s["parent"]["sourcedId"] for s in schools}
    )
    assert sizes == [1, 2, 10, 10, 10, 10, 10, 11]
