"""The helpdesk's identifiers, which the seed and a name determine."""

from dataclasses import dataclass
from functools import cache

from schoolward.sample.generate.people import Person
from schoolward.sample.generate.randomness import sys_id
from schoolward.sample.generate.schools import School

SYSTEM_USER = "system"
CENTRAL_LOCATION = "Central Office"


@dataclass(frozen=True)
class Identities:
    """sys_ids by what they identify."""

    seed: int

    def __hash__(self) -> int:
        return self.seed

    @cache  # noqa: B019 - as many entries as the district has people, groups and places
    def of(self, table: str, name: str) -> str:
        return sys_id(self.seed, table, name)

    def user(self, person: Person | None) -> str:
        return self.of("sys_user", person.staff_id) if person else ""

    def group(self, name: str) -> str:
        return self.of("sys_user_group", name)

    def location(self, school: School) -> str:
        return self.of("cmn_location", school.id)

    def value(self, value: object) -> str:
        """A changed field's value as the helpdesk stores it."""
        if value is None:
            return ""
        if isinstance(value, Person):
            return self.user(value)
        if isinstance(value, School):
            return self.location(value)
        return str(value)
