"""What schools ask the service units for: categories, which group ends up with them, and how demand goes through the year."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestType:
    """A category and subcategory of the helpdesk, and which of the unit's groups (by number) does the work."""

    category: str
    subcategory: str
    group: int
    weight: float


@dataclass(frozen=True, slots=True)
class Demand:
    """How much of all requests a unit gets, of which types, and how busy its months are (August to June, 1 = usual)."""

    share: float
    types: tuple[RequestType, ...]
    months: tuple[float, ...]

    def busy(self, month: int) -> float:
        return self.months[(month - 8) % 12]


def _demand(share: float, months: tuple[float, ...], *types: tuple[str, str, int, float]) -> Demand:
    return Demand(share, tuple(RequestType(*t) for t in types), months)


DEMAND: Mapping[str, Demand] = {
    "it": _demand(
        0.30,
        (2.0, 1.4, 1.0, 0.9, 0.7, 1.3, 1.0, 1.0, 1.0, 0.9, 0.6),
        ("account", "password", 0, 3),
        ("account", "access", 0, 2),
        ("hardware", "student_device", 1, 4),
        ("hardware", "projector", 1, 2),
        ("hardware", "printer", 1, 2),
        ("network", "wireless", 2, 2),
        ("network", "phone", 2, 1),
    ),
    "facilities": _demand(
        0.25,
        (1.3, 1.1, 1.0, 1.1, 1.3, 1.5, 1.3, 1.0, 0.9, 0.9, 0.8),
        ("hvac", "heating", 1, 3),
        ("hvac", "ventilation", 1, 1),
        ("plumbing", "leak", 1, 2),
        ("electrical", "lighting", 1, 2),
        ("custodial", "supplies", 0, 2),
        ("grounds", "snow_and_ice", 0, 1),
        ("carpentry", "door_and_lock", 1, 2),
    ),
    "hr": _demand(
        0.10,
        (1.6, 1.3, 1.0, 0.9, 0.8, 1.1, 1.0, 1.0, 1.1, 1.2, 0.8),
        ("payroll", "correction", 0, 3),
        ("leave", "request", 0, 2),
        ("staffing", "vacancy", 1, 2),
        ("staffing", "substitute", 1, 2),
    ),
    "transport": _demand(
        0.09,
        (2.2, 1.6, 1.0, 0.9, 0.8, 1.1, 1.0, 0.9, 1.0, 1.0, 0.5),
        ("route", "stop_change", 0, 3),
        ("route", "late_bus", 0, 3),
        ("trip", "field_trip", 0, 2),
    ),
    "food": _demand(
        0.07,
        (1.4, 1.2, 1.0, 1.0, 0.8, 1.0, 1.0, 1.0, 1.0, 0.9, 0.5),
        ("delivery", "shortage", 0, 3),
        ("equipment", "kitchen", 0, 2),
        ("account", "meal_balance", 0, 2),
    ),
    "budget": _demand(
        0.08,
        (1.3, 1.1, 1.0, 0.9, 0.8, 1.0, 1.0, 1.1, 1.3, 1.5, 1.0),
        ("purchase", "order", 0, 3),
        ("purchase", "invoice", 0, 2),
        ("budget", "transfer", 1, 2),
    ),
    "curriculum": _demand(
        0.05,
        (1.8, 1.3, 1.0, 0.8, 0.7, 1.2, 1.0, 1.0, 1.1, 0.8, 0.4),
        ("materials", "missing", 0, 3),
        ("assessment", "window", 0, 2),
        ("training", "request", 0, 1),
    ),
    "student_services": _demand(
        0.06,
        (1.4, 1.3, 1.1, 1.0, 0.8, 1.1, 1.0, 1.0, 1.0, 1.0, 0.7),
        ("records", "transfer", 0, 3),
        ("placement", "question", 0, 2),
        ("evaluation", "scheduling", 0, 2),
    ),
}
PRIORITIES = (1, 2, 3, 4)
PRIORITY_WEIGHTS = (0.02, 0.13, 0.55, 0.30)
URGENCY_IMPACT: Mapping[int, tuple[tuple[str, str], ...]] = {
    1: (("1", "1"),),
    2: (("1", "2"), ("2", "1")),
    3: (("2", "2"), ("1", "3"), ("3", "1")),
    4: (("2", "3"), ("3", "2")),
}
"""ServiceNow's table: which urgency and impact make a priority."""
CONTACT_TYPES = ("self-service", "email", "phone", "ild")
CONTACT_WEIGHTS = (0.55, 0.22, 0.21, 0.02)
