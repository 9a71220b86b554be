"""Proposals for the reviewed crosswalk: which school an unknown place probably is. A person decides; nothing is matched by likeness alone.

The likeness of two names is rapidfuzz's token_sort_ratio (0 to 100) of their words in lower case, with common abbreviations
written out. Blind spot: a place named after a person or a street that shares no word with its school is not found.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from psycopg.rows import class_row
from rapidfuzz import fuzz, process

from schoolward.crosswalk import HEADER, read_crosswalk
from schoolward.district import District
from schoolward.district_checks import Problems
from schoolward.errors import DistrictFileError, SchoolwardError
from schoolward.warehouse.connection import connect

LEAST_LIKENESS = 70.0
"""Less alike than this is noise: two unrelated school names share their kind of school."""
LEAST_LEAD = 10.0
"""The runner-up must be this much less alike, or the proposal would be a guess between two."""
PROPOSAL_HEADER = (*HEADER, "accept", "place_name", "school_name", "likeness", "n_requests_13_weeks", "n_principals")

_WORDS: Mapping[str, str] = {
    "el": "elementary", "elem": "elementary", "es": "elementary", "ms": "middle", "mid": "middle", "hs": "high",
    "jr": "junior", "sr": "senior", "sch": "school", "schl": "school", "acad": "academy", "ctr": "center", "st": "saint",
    "mt": "mount", "n": "north", "s": "south", "e": "east", "w": "west", "nth": "north", "sth": "south",
}  # fmt: skip
_EMPTY = frozenset({"school", "the", "of", "at", "campus", "bldg", "building"})


@dataclass(frozen=True, slots=True)
class Place:
    """A row of marts.unmatched_place."""

    crosswalk_system: str
    crosswalk_kind: str
    alias: str
    place_name: str | None
    n_requests_13_weeks: int
    n_principals: int


@dataclass(frozen=True, slots=True)
class Proposal:
    """A line of the proposals file, in the order of its header."""

    school_id: str
    system: str
    kind: str
    alias: str
    accept: str
    place_name: str
    school_name: str
    likeness: float
    n_requests_13_weeks: int
    n_principals: int


def propose() -> list[Proposal]:
    """A school for each unknown place that has one clear likeness, what most requests hang on first.

    Raises:
        SchoolwardError: when the warehouse cannot be reached or the marts have not been built.
    """
    with connect("transformer") as connection:
        built = connection.execute(
            "select to_regclass('marts.unmatched_place'), to_regclass('core.dim_school')"
        ).fetchone()
        if built is None or None in built:
            raise SchoolwardError("The marts have not been built yet. Run `schoolward transform` first.")
        with connection.cursor(row_factory=class_row(Place)) as cursor:
            places = cursor.execute(
                "select crosswalk_system, crosswalk_kind, alias, place_name, n_requests_13_weeks, n_principals"
                " from marts.unmatched_place"
            ).fetchall()
        schools = dict(
            connection.execute("select school_key, school_name from core.dim_school where is_active").fetchall()
        )
    return liken(places, schools)


def liken(places: Iterable[Place], schools: Mapping[str, str]) -> list[Proposal]:
    """The proposals for these places among these schools (name by id)."""
    names = {school: plain(name) for school, name in schools.items()}
    found = []
    for place in places:
        near = process.extract(plain(place.place_name or ""), names, scorer=fuzz.token_sort_ratio, limit=2)
        if not near or near[0][1] < LEAST_LIKENESS or (len(near) > 1 and near[0][1] - near[1][1] < LEAST_LEAD):
            continue
        _, likeness, school = near[0]
        found.append(
            Proposal(
                school,
                place.crosswalk_system,
                place.crosswalk_kind,
                place.alias,
                "",
                place.place_name or "",
                schools[school],
                round(likeness, 1),
                place.n_requests_13_weeks,
                place.n_principals,
            )
        )
    return sorted(found, key=lambda p: (-p.n_requests_13_weeks - p.n_principals, -p.likeness, p.alias))


def plain(name: str) -> str:
    """The words of a name as they are compared: lower case, abbreviations written out, empty words left out."""
    words = re.findall(r"[a-z0-9]+", name.lower().replace("'", ""))
    return " ".join(w for w in (_WORDS.get(word, word) for word in words) if w not in _EMPTY)


def write(proposals: Sequence[Proposal], path: Path) -> None:
    """Write the file a person reviews: ``yes`` in the column accept takes a line into the crosswalk."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(PROPOSAL_HEADER)
        writer.writerows(astuple(p) for p in proposals)


def accept(district: District, proposals: Path) -> int:
    """Append the accepted lines of a proposals file to the district's crosswalk; gives how many. Nothing is written on a mistake.

    Raises:
        SchoolwardError: when the district file names no crosswalk, or the proposals cannot be read.
        DistrictFileError: naming every accepted line that does not fit the crosswalk as it is.
    """
    if district.crosswalk is None:
        raise SchoolwardError(
            f'{district.path.name} names no crosswalk. Add crosswalk = "crosswalk.csv" to [district], and a file that starts with'
            f" the line {','.join(HEADER)}."
        )
    accepted = _accepted(proposals)
    path = district.path.parent / district.crosswalk
    before = path.read_text(encoding="utf-8-sig")
    lines = before if before.endswith("\n") or not before else before + "\n"
    draft = path.with_name(path.name + ".draft")
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.write(lines)
            csv.writer(file, lineterminator="\n").writerows(accepted)
        problems = Problems(path.name)
        read_crosswalk(draft, problems)
        if problems.found:
            raise DistrictFileError(problems.found)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return len(accepted)


def _accepted(path: Path) -> list[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise SchoolwardError(
            f"{path} cannot be read ({error}). Write it with `schoolward crosswalk propose`."
        ) from None
    if not rows:
        return []
    missing = [column for column in (*HEADER, "accept") if column not in rows[0]]
    if missing:
        raise SchoolwardError(
            f"{path.name} has no column {', '.join(missing)}. Write it anew with `schoolward crosswalk propose`."
        )
    return [
        [row[column] or "" for column in HEADER]
        for row in rows
        if (row["accept"] or "").strip().lower() in ("yes", "y")
    ]
