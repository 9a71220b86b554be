"""What is planted: schools the system fails to serve, and hard-but-fair ones that no flag may name.

Which school plays which part is fixed. ``truth.json`` is written from here; nothing of the product reads it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Kind(StrEnum):
    SERVICE = "service_underserved"
    PARTNERSHIP = "partnership_underserved"
    BOTH = "both"
    FAIR = "hard_but_fair"


@dataclass(frozen=True, slots=True)
class Flag:
    """A rule that names a school, with the unit for a service rule."""

    rule: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Plant:
    """One planted school: what must be flagged from the second checkpoint on, and what may be beside it."""

    school: int
    kind: Kind
    why: str
    since: date
    flags: tuple[Flag, ...] = ()
    may_also: tuple[Flag, ...] = ()
    """Flags that follow from the same trouble and are no mistake."""


CONTACT_GAP = Flag("partnership_contact_gap")
CADENCE = Flag("partnership_cadence")
UNPAIRED = Flag("partnership_unpaired")
SLOWER = "service_slower_than_elsewhere"

SLOW = {5: "it", 36: "curriculum"}
"""School → unit whose requests take two to three and a half times the promise."""
AGEING = {12: "facilities", 47: "food"}
"""School → unit that leaves ordinary requests of the winter open."""
URGENT_OPEN = {19: "transport"}
"""School → unit that leaves an urgent request open."""
NO_CASE_MANAGER = {26: "hr"}
"""School → unit whose case manager left without a successor."""
VISITS_STOPPED = {8: date(2026, 1, 30), 36: date(2026, 2, 4)}
"""School → day after which the ILD no longer came."""
PATCHY_VISITS = (13, 47)
UNPAIRED_SCHOOL = 62
HEAVY_CASE_MIX = 40
ACTING_PRINCIPAL = 24
ILD_ON_LEAVE_SCHOOL = 21
LOG_MISSING_SCHOOL = 63

SLOW_SINCE = date(2026, 1, 5)
AGEING_SINCE = date(2025, 11, 10)
URGENT_SINCE = date(2026, 3, 3)
CASE_MANAGER_LEFT_ON = date(2026, 2, 14)
ILD_LEFT_ON = date(2026, 2, 14)
LOG_MISSING_SINCE = date(2025, 12, 20)
ILD_LEAVE = (date(2026, 2, 17), date(2026, 5, 9))
PRINCIPAL_LEAVE = (date(2026, 1, 10), date(2026, 6, 13))
SMALL_LATE_ON = date(2026, 2, 26)

PLANTS: tuple[Plant, ...] = (
    Plant(
        5,
        Kind.SERVICE,
        "Information Technology resolves its requests at about three times the promise.",
        SLOW_SINCE,
        (Flag("service_promise_kept", "it"),),
        (Flag("service_ageing", "it"), Flag(SLOWER, "it")),
    ),
    Plant(
        12,
        Kind.SERVICE,
        "Facilities left ordinary repairs of the winter open.",
        AGEING_SINCE,
        (Flag("service_ageing", "facilities"),),
        (Flag("service_promise_kept", "facilities"), Flag(SLOWER, "facilities")),
    ),
    Plant(
        19,
        Kind.SERVICE,
        "Transportation left an urgent request open.",
        URGENT_SINCE,
        (Flag("service_urgent_overdue", "transport"),),
        (Flag("service_ageing", "transport"), Flag("service_promise_kept", "transport")),
    ),
    Plant(
        26,
        Kind.SERVICE,
        "The case manager of Human Resources left and was not replaced.",
        CASE_MANAGER_LEFT_ON,
        (Flag("service_no_case_manager", "hr"),),
    ),
    Plant(8, Kind.PARTNERSHIP, "The ILD stopped coming.", VISITS_STOPPED[8], (CONTACT_GAP,), (CADENCE,)),
    Plant(13, Kind.PARTNERSHIP, "The ILD comes every third week.", date(2025, 8, 25), (CADENCE,), (CONTACT_GAP,)),
    Plant(
        UNPAIRED_SCHOOL,
        Kind.PARTNERSHIP,
        "The ILD left; the other school of the network was taken over, this one was forgotten.",
        ILD_LEFT_ON,
        (UNPAIRED,),
        (CONTACT_GAP, CADENCE),
    ),
    Plant(
        36,
        Kind.BOTH,
        "The ILD stopped coming, and Curriculum takes about three times the promise.",
        VISITS_STOPPED[36],
        (CONTACT_GAP, Flag("service_promise_kept", "curriculum")),
        (CADENCE, Flag("service_ageing", "curriculum"), Flag(SLOWER, "curriculum")),
    ),
    Plant(
        47,
        Kind.BOTH,
        "The ILD comes every third week, and Food Services left requests of the winter open.",
        AGEING_SINCE,
        (CADENCE, Flag("service_ageing", "food")),
        (CONTACT_GAP, Flag("service_promise_kept", "food"), Flag(SLOWER, "food")),
    ),
    Plant(50, Kind.FAIR, "Very small: a handful of requests, one of them late.", SMALL_LATE_ON),
    Plant(51, Kind.FAIR, "Very small: a handful of requests, one of them late.", SMALL_LATE_ON),
    Plant(52, Kind.FAIR, "Very small: a handful of requests, one of them late.", SMALL_LATE_ON),
    Plant(
        HEAVY_CASE_MIX,
        Kind.FAIR,
        "Many building jobs of low priority: slow ones by their kind, as slow elsewhere, all within the promise.",
        date(2025, 8, 11),
    ),
    Plant(ILD_ON_LEAVE_SCHOOL, Kind.FAIR, "The ILD is on leave; a colleague covers and comes.", ILD_LEAVE[0]),
    Plant(ACTING_PRINCIPAL, Kind.FAIR, "The principal is on leave; an acting principal is paired.", PRINCIPAL_LEAVE[0]),
    Plant(LOG_MISSING_SCHOOL, Kind.FAIR, "The ILD hands in no log: nothing can be said.", LOG_MISSING_SINCE),
)
