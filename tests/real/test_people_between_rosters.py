"""Hires, exits, moves and vacancies between Chicago's two employee rosters, from raw history, against a count of the files themselves."""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

# a real year takes minutes to land, and longer where other work shares the machine
pytestmark = pytest.mark.timeout(1800)

BEFORE, AFTER = datetime(2018, 7, 2, tzinfo=UTC), datetime(2019, 7, 2, tzinfo=UTC)

Key = tuple[str, int]
"""A position, and which of its occupants: a few hundred positions stand on several rows."""
Roster = Mapping[Key, tuple[str | None, str, str]]
"""Occupant (None = vacant), department and job code by position."""


def roster_of(path: Path) -> Roster:
    n_seen: Counter[str] = Counter()
    found: dict[Key, tuple[str | None, str, str]] = {}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            n_seen[row["Pos #"]] += 1
            found[row["Pos #"], n_seen[row["Pos #"]]] = (row["Name"] or None, row["Dept ID"], row["JobCode"])
    return found


def places(roster: Roster) -> dict[str, set[tuple[str, str]]]:
    """Where each person works, as what."""
    found: dict[str, set[tuple[str, str]]] = {}
    for person, department, job in roster.values():
        if person is not None:
            found.setdefault(person, set()).add((department, job))
    return found


@pytest.fixture(scope="module")
def rosters(real_data: Path) -> tuple[Roster, Roster]:
    before, after = (
        roster_of(real_data / f"chicago/employee_roster_{day}.csv.gz") for day in ("2018-06-30", "2019-06-30")
    )
    return before, after


@pytest.fixture(scope="module")
def landed(replay: Callable[..., AbstractContextManager[Any]]) -> Iterator[Any]:
    """Pulled after the first roster and again after the second; positions as they stood then, as two views."""
    with replay(["files"], BEFORE) as chicago:
        chicago.pull(BEFORE, "hr", ["hr_position"])
        chicago.pull(AFTER, "hr", ["hr_position"])
        yield chicago


def as_of(at: datetime) -> str:
    """The roster as raw history shows it at an instant."""
    return (
        "select position_id, occupant_no, staff_id, department_id, job_code from raw_csv_drop.hr_position "
        f"where not _is_deleted and _seen_from <= '{at}' and (_seen_to is null or _seen_to > '{at}')"
    )


def test_history_gives_both_rosters_back_row_by_row(landed: Any, rosters: tuple[Roster, Roster]) -> None:
    for at, roster in zip((BEFORE, AFTER), rosters, strict=True):
        rows = landed.rows(as_of(at))
        assert len(rows) == len(roster)
        assert {(position, n): (staff, department, job) for position, n, staff, department, job in rows} == roster


def test_a_position_that_stayed_as_it_was_has_one_version(landed: Any, rosters: tuple[Roster, Roster]) -> None:
    n_versions = landed.count("select count(*) from raw_csv_drop.hr_position where not _is_deleted")
    before, after = rosters
    assert len(before) + len(after) - sum(before[key] == after.get(key) for key in before) <= n_versions
    assert n_versions < len(before) + len(after)


def test_hires_exits_and_moves_equal_a_count_of_the_files(landed: Any, rosters: tuple[Roster, Roster]) -> None:
    people = f"""
        with before as (select staff_id, array_agg(distinct department_id || '/' || job_code order by department_id || '/' || job_code) as places
                        from ({as_of(BEFORE)}) r where staff_id is not null group by 1),
             after as (select staff_id, array_agg(distinct department_id || '/' || job_code order by department_id || '/' || job_code) as places
                       from ({as_of(AFTER)}) r where staff_id is not null group by 1)
        select count(*) filter (where before.staff_id is null), count(*) filter (where after.staff_id is null),
               count(*) filter (where before.places <> after.places)
        from before full join after using (staff_id)"""
    [(n_hired, n_left, n_moved)] = landed.rows(people)
    before, after = map(places, rosters)
    assert n_hired == len(after.keys() - before.keys()) > 0
    assert n_left == len(before.keys() - after.keys()) > 0
    assert n_moved == sum(before[person] != after[person] for person in before.keys() & after.keys()) > 0


def test_vacancies_equal_a_count_of_the_files(landed: Any, rosters: tuple[Roster, Roster]) -> None:
    before, after = rosters
    for at, n_vacant in ((BEFORE, 2_761), (AFTER, 3_114)):
        assert landed.count(f"select count(*) from ({as_of(at)}) r where staff_id is null") == n_vacant
    newly = landed.count(
        f"select count(*) from ({as_of(BEFORE)}) b join ({as_of(AFTER)}) a using (position_id, occupant_no) "
        "where b.staff_id is not null and a.staff_id is null"
    )
    assert newly == sum(before[k][0] is not None and after[k][0] is None for k in before.keys() & after.keys()) > 0
