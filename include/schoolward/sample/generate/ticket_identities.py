"""The second help desk's identifiers: whole numbers, as Zendesk gives them, which names and the order of asking determine."""

from collections.abc import Mapping
from dataclasses import dataclass

from schoolward.sample.generate.people import Person
from schoolward.sample.generate.rules import Rules
from schoolward.sample.generate.schools import School

ZENDESK_UNITS = ("facilities",)
"""Units whose requests are kept in Zendesk; all others' are in ServiceNow."""
CATEGORY_FIELD, SUBCATEGORY_FIELD, SCHOOL_FIELD = 360001, 360002, 360003
"""Custom ticket fields."""
CENTRAL_ORGANIZATION, GUEST_ID, SYSTEM_ID = 3_600_999, 370_000_099_999, -1
SCHEDULE_ID, POLICY_ID, FORM_ID, BRAND_ID = 21_000_001, 360_000_111, 360_000_001, 360_000_002
PRIORITIES: Mapping[int, str] = {1: "urgent", 2: "high", 3: "normal", 4: "low"}
_FIRST_ORGANIZATION, _FIRST_GROUP, _FIRST_USER = 3_600_000, 36_001, 370_000_000_000


def is_zendesk(unit: str) -> bool:
    """Whether a unit's requests are kept in Zendesk."""
    return unit in ZENDESK_UNITS


@dataclass(frozen=True)
class TicketIdentities:
    """Numbers by what they identify."""

    groups: Mapping[str, int]

    @classmethod
    def of(cls, rules: Rules) -> "TicketIdentities":
        names = [group for unit in rules.units if is_zendesk(unit.id) for group in unit.groups]
        return cls({name: number for number, name in enumerate(names, _FIRST_GROUP)})

    def user(self, person: Person | None) -> int:
        """A guest has no employee number; neither has the system."""
        return _FIRST_USER + int(person.staff_id.removeprefix("S")) if person else GUEST_ID

    def organization(self, school: School | None) -> int:
        return _FIRST_ORGANIZATION + school.number if school else CENTRAL_ORGANIZATION
