"""What the sample's own district file says: units, hours, promises, calendar. The generator makes up nothing of it twice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

from schoolward.district import District, Unit, load_district
from schoolward.sample.generate.calendars import BusinessClock, SchoolCalendar

CROSSWALK_FILE = "lakeside_crosswalk.csv"
CROSSWALK_HEADER = ("school_id", "system", "kind", "alias")


@dataclass(frozen=True, slots=True)
class Limit:
    """A promise in open seconds of its unit."""

    response: int
    resolution: int


@dataclass(frozen=True)
class Rules:
    """The district file, as the generator uses it."""

    district: District
    calendar: SchoolCalendar
    clocks: Mapping[str, BusinessClock]
    limits: Mapping[tuple[str, int], Limit]
    """By unit and priority."""

    @property
    def units(self) -> tuple[Unit, ...]:
        return self.district.units

    @cached_property
    def unit_of_group(self) -> Mapping[str, str]:
        return {group: unit.id for unit in self.units for group in unit.groups}


def read_rules() -> Rules:
    """Read the sample's district file; its crosswalk is what the generator is about to write, so an empty one stands in."""
    with as_file(files("schoolward.sample") / "lakeside.toml") as path, TemporaryDirectory() as folder:
        stand_in = Path(folder)
        copy(path, stand_in / path.name)
        (stand_in / CROSSWALK_FILE).write_text(",".join(CROSSWALK_HEADER) + "\n", encoding="utf-8")
        district = load_district(stand_in / path.name)
    first, last = date(2025, 7, 1), date(2027, 7, 1)
    every_unit_closed = frozenset.intersection(*(frozenset(unit.closures) for unit in district.units))
    return Rules(
        district=district,
        calendar=SchoolCalendar(district.timezone, frozenset(district.no_school_days), every_unit_closed),
        clocks={unit.id: BusinessClock(unit, district.timezone, first, last) for unit in district.units},
        limits={
            (p.unit_id, p.priority): Limit(p.first_response_business_minutes * 60, p.resolution_business_minutes * 60)
            for p in district.promises
        },
    )
