"""Who works at Lakeside: positions with their occupants over time, and the roles that pair principals with supervisors."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from schoolward.sample.generate.calendars import RECORDS_START_ON, YEAR_ENDS_ON, days_between
from schoolward.sample.generate.schools import School


@dataclass(frozen=True, slots=True)
class Person:
    staff_id: str
    given: str
    family: str

    @property
    def email(self) -> str:
        return f"{self.staff_id.lower()}@lakeside.example"


@dataclass(frozen=True, slots=True)
class Stint:
    """Somebody in a position, over an interval with an exclusive end."""

    person: Person
    starts_on: date
    ends_on: date | None = None

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(slots=True)
class Position:
    """A budgeted post; at times vacant, at times shared."""

    id: str
    department: str
    department_name: str
    job_code: str
    title: str
    stints: list[Stint] = field(default_factory=list)

    def occupants(self, day: date) -> list[Person]:
        return [stint.person for stint in self.stints if stint.covers(day)]


@dataclass(frozen=True, slots=True)
class Assignment:
    """A role somebody holds, over an interval; HR writes a new row when the supervisor changes."""

    person: Person
    role: str
    org: str
    starts_on: date
    ends_on: date | None
    supervisor: Person | None
    is_acting: bool = False

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


@dataclass(frozen=True, slots=True)
class Leave:
    person: Person
    starts_on: date
    ends_on: date | None


@dataclass
class People:
    """Everybody, and what they hold."""

    positions: list[Position] = field(default_factory=list)
    assignments: list[Assignment] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    school_office: dict[int, list[Position]] = field(default_factory=lambda: defaultdict(list))
    """School → the positions from which requests are made: principal first, then secretaries and a few teachers."""
    agents: dict[str, list[Person]] = field(default_factory=dict)
    """Assignment group → who works its requests."""
    unit_staff: dict[str, list[Person]] = field(default_factory=dict)
    case_managers: dict[str, list[Stint]] = field(default_factory=dict)
    chiefs: dict[str, Person] = field(default_factory=dict)
    ilds: list[Stint] = field(default_factory=list)
    """The instructional leadership directors, in the order of their networks; successors last."""
    central: list[Person] = field(default_factory=list)

    def principal_of(self, school: School, day: date) -> Assignment | None:
        """The principal, or the acting one, of a school on a day."""
        return self._principals.get((school.hr_code, day))

    @cached_property
    def _principals(self) -> Mapping[tuple[str, date], Assignment]:
        return {
            (assignment.org, day): assignment
            for assignment in self.assignments
            if assignment.role in ("principal", "acting_principal")
            for day in days_between(max(assignment.starts_on, RECORDS_START_ON), assignment.ends_on or YEAR_ENDS_ON)
        }
