"""Proposals for the crosswalk: clear likenesses only, and nothing enters the crosswalk that does not fit it."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schoolward.crosswalk_proposals import PROPOSAL_HEADER, Place, accept, liken, plain, write
from schoolward.district import District
from schoolward.errors import DistrictFileError, SchoolwardError

SCHOOLS = {
    "s1": "Maple Grove Elementary School",
    "s2": "Maple Grove Middle School",
    "s3": "North Harbor High School",
    "s4": "Saint Clair Academy",
}


def place(name: str | None, **more: int) -> Place:
    return Place("servicenow", "location", name or "9912", name, more.get("requests", 0), more.get("principals", 0))


@pytest.mark.parametrize(
    ("name", "school"),
    [
        ("MAPLE GROVE ELEM", "s1"),
        ("Maple Grove MS", "s2"),
        ("N. Harbor HS", "s3"),
        ("Harbor North High", "s3"),
        ("St. Clair Acad.", "s4"),
        ("Maple Grov Elementary", "s1"),
    ],
)
def test_the_usual_ways_to_write_a_school_are_proposed(name: str, school: str) -> None:
    [proposal] = liken([place(name)], SCHOOLS)
    assert (proposal.school_id, proposal.alias, proposal.accept) == (school, name, "")


@pytest.mark.parametrize("name", ["Maple Grove", "Transportation Depot", "Central Warehouse", "", None])
def test_what_could_be_two_schools_or_none_is_not_proposed(name: str | None) -> None:
    assert liken([place(name)], SCHOOLS) == []


def test_what_most_requests_hang_on_comes_first() -> None:
    found = liken([place("Maple Grove Elem", requests=2), place("North Harbor HS", requests=9)], SCHOOLS)
    assert [p.school_id for p in found] == ["s3", "s1"]


@given(st.text())
def test_any_name_can_be_compared(name: str) -> None:
    assert plain(plain(name)) == plain(name)
    liken([place(name)], SCHOOLS)


def review(folder: Path, answers: list[str]) -> Path:
    """A proposals file with a person's answers."""
    names = ["Maple Grove Elem", "N. Harbor HS", "St. Clair Acad."]
    proposals = liken([place(name) for name in names[: len(answers)]], SCHOOLS)
    file = folder / "proposals.csv"
    write([replace(p, accept=answer) for p, answer in zip(proposals, answers, strict=True)], file)
    return file


def district_with(lakeside_district: District, folder: Path, lines: str) -> District:
    (folder / "crosswalk.csv").write_text("school_id,system,kind,alias\n" + lines)
    return replace(lakeside_district, crosswalk="crosswalk.csv", path=folder / "district.toml")


def test_only_what_a_person_accepted_enters_the_crosswalk(lakeside_district: District, tmp_path: Path) -> None:
    district = district_with(lakeside_district, tmp_path, "s9,servicenow,location,Old Mill")  # no newline at its end
    assert accept(district, review(tmp_path, ["yes", "", "no"])) == 1
    rows = list(csv.reader((tmp_path / "crosswalk.csv").open()))
    assert rows[:2] == [["school_id", "system", "kind", "alias"], ["s9", "servicenow", "location", "Old Mill"]]
    assert len(rows) == 3
    assert not list(tmp_path.glob("*.draft"))


def test_an_alias_the_crosswalk_has_already_is_refused_and_nothing_is_written(
    lakeside_district: District, tmp_path: Path
) -> None:
    district = district_with(lakeside_district, tmp_path, "s9,servicenow,location,Maple Grove Elem\n")
    before = (tmp_path / "crosswalk.csv").read_bytes()
    with pytest.raises(DistrictFileError, match="An alias may mean one school only"):
        accept(district, review(tmp_path, ["yes", "yes", "yes"]))
    assert (tmp_path / "crosswalk.csv").read_bytes() == before
    assert not list(tmp_path.glob("*.draft"))


def test_a_district_without_crosswalk_and_a_foreign_file_are_told_what_to_do(
    lakeside_district: District, tmp_path: Path
) -> None:
    with pytest.raises(SchoolwardError, match=r'Add crosswalk = "crosswalk\.csv"'):
        accept(replace(lakeside_district, crosswalk=None), tmp_path / "proposals.csv")
    district = district_with(lakeside_district, tmp_path, "")
    (tmp_path / "proposals.csv").write_text("school,alias\nx,y\n")
    with pytest.raises(SchoolwardError, match="has no column school_id, system, kind, accept"):
        accept(district, tmp_path / "proposals.csv")


def test_the_file_says_what_a_reviewer_needs(tmp_path: Path) -> None:
    write(liken([place("Maple Grove Elem", requests=4)], SCHOOLS), tmp_path / "p.csv")
    [row] = csv.DictReader((tmp_path / "p.csv").open())
    assert tuple(row) == PROPOSAL_HEADER
    assert row["school_name"] == "Maple Grove Elementary School"
    assert row["n_requests_13_weeks"] == "4"
