"""Lakeside's 64 schools, their networks, and what each system calls them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from schoolward.sample.generate import names
from schoolward.sample.generate.randomness import stream

N_NETWORKS = 8
"""Six of about ten schools, one of two schools with options for older students, one of a single early college."""
SMALL = (50, 51, 52)
CLOSED, CLOSES_ON = 45, date(2025, 12, 20)
RENAMED, RENAMED_ON = 10, date(2026, 1, 12)
WITHOUT_LOCATION_CODE = (6, 17, 29, 39, 44, 54)
NOT_IN_CROSSWALK = 54
"""Its helpdesk location has neither a code nor a reviewed name: only who asked tells the school."""


@dataclass(frozen=True, slots=True)
class School:
    """A school and its names and codes in three systems that never agreed on them."""

    number: int
    id: str
    """The SIS's sourcedId."""
    name: str
    level: str
    network: int
    state_id: str
    nces_id: str
    hr_code: str
    hr_name: str
    location_name: str
    location_code: str
    """The helpdesk's u_school_code, equal to the SIS's state id; empty where nobody filled it in."""
    n_students: int
    need: float
    """0 to 1; the shares of need follow it."""
    closes_on: date | None
    renamed: tuple[date, str] | None

    @property
    def network_id(self) -> str:
        return network_id(self.network)

    @property
    def is_small(self) -> bool:
        return self.number in SMALL

    def is_open_on(self, day: date) -> bool:
        return self.closes_on is None or day < self.closes_on


def network_id(number: int) -> str:
    """The SIS's sourcedId of a network."""
    return f"lk-net-{number}"


def make_schools(seed: int) -> tuple[School, ...]:
    """All schools; which number plays which part is fixed, sizes and needs come from the seed."""
    titles = [
        *((name, "Elementary School", "El.", "elementary") for name in names.ELEMENTARY),
        *((name, "Middle School", "MS", "middle") for name in names.MIDDLE),
        *((name, "High School", "HS", "high") for name in names.HIGH),
        *((name, "", "", "high") for name in names.OPTIONS),
    ]
    rng = stream(seed, "schools")
    return tuple(_school(number, *title, rng) for number, title in enumerate(titles))


def _school(number: int, stem: str, kind: str, short: str, level: str, rng: Random) -> School:
    state_id = f"49-{1000 + 7 * number}"
    return School(
        number=number,
        id=f"lk-sch-{number:03d}",
        name=f"{stem} {kind}".strip(),
        level=level,
        network=_network(number),
        state_id=state_id,
        nces_id=f"4900{number:03d}{rng.randrange(10_000):05d}",
        hr_code=f"D{4100 + number}",
        hr_name=f"{stem.upper()} {kind.upper().replace('ELEMENTARY SCHOOL', 'ELEM')}".strip(),
        location_name=_plain(f"{stem} {short}".strip()),
        location_code="" if number in WITHOUT_LOCATION_CODE else state_id,
        n_students=_n_students(number, level, rng),
        need=round(min(0.97, max(0.03, rng.betavariate(1.6, 1.6))), 3),
        closes_on=CLOSES_ON if number == CLOSED else None,
        renamed=(RENAMED_ON, f"{stem} Community School") if number == RENAMED else None,
    )


def _network(number: int) -> int:
    if number == 63:
        return 8
    return 7 if number >= 61 else number % 6 + 1


def _n_students(number: int, level: str, rng: Random) -> int:
    if number in SMALL:
        return rng.randint(62, 88)
    if number >= 61:
        return rng.randint(150, 220)
    low, high = {"elementary": (260, 480), "middle": (340, 560), "high": (560, 860)}[level]
    return rng.randint(low, high)


def _plain(text: str) -> str:
    """Without accents, as the helpdesk's importer left it."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def crosswalk(schools: Sequence[School]) -> list[tuple[str, str, str, str]]:
    """The reviewed crosswalk: HR codes of every school; helpdesk names where one name means one school and somebody looked."""
    names_seen = [school.location_name for school in schools]
    rows = []
    for school in schools:
        rows.append((school.id, "csv_drop", "hr_code", school.hr_code))
        if names_seen.count(school.location_name) == 1 and school.number != NOT_IN_CROSSWALK:
            rows.append((school.id, "servicenow", "location", school.location_name))
            rows.append((school.id, "zendesk", "name", school.location_name))
    return rows
