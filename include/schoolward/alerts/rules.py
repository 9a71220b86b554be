"""What each rule promises, rests on and asks for first. The marts decide whether a rule is broken; this file says it to a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from schoolward.errors import SchoolwardError

Severity = Literal["act", "urgent", "question"]
FlagKind = Literal["partnership", "service"]
WORKING_DAYS_TO_ANSWER: Mapping[Severity, int] = {"act": 5, "urgent": 1, "question": 10}


@dataclass(frozen=True, slots=True)
class Rule:
    """A promise of the central office to a school, in words a chief can act on."""

    id: str
    kind: FlagKind
    title: str
    promise: str
    """``{limit}`` stands for the act threshold in force."""
    first_step: str
    closes_when: str
    """``{looks}`` stands for the weekly looks in a row that the theory of action asks for."""
    streams: frozenset[str]
    """Streams whose lateness makes the rule's rows worthless: no alert opens or closes on them."""
    limit_is_share: bool = False
    is_value_told: bool = True
    """False where the value is a figure of the method that no sentence shows."""
    severity: Severity = "act"
    known_limits: tuple[str, ...] = ()
    """What the finding cannot see; told wherever it is explained."""

    def promise_for(self, limit: float | None, own_words: str | None = None) -> str:
        """The promise with its limit in words: a share as a percentage, anything else as a number.

        ``own_words`` are those of the version of the theory of action in force, where it has some.
        """
        if limit is None:
            shown = "the agreed number of"
        else:
            shown = f"{limit:.0%}".replace("%", "\N{NO-BREAK SPACE}%") if self.limit_is_share else f"{limit:g}"
        return (own_words or self.promise).replace("{limit}", shown)


STEP_FOR_ALL_SCHOOLS = (
    "Find the one cause with the team, open a project for it, and tell the schools what to expect by when."
)

_STAFF = frozenset({"hr_assignment", "hr_position"})
_CONTACT = _STAFF | {"touchpoint"}

RULES: Mapping[str, Rule] = {
    rule.id: rule
    for rule in (
        Rule(
            "partnership_contact_gap",
            "partnership",
            "No substantive contact",
            "A principal has a substantive contact with the ILD at least every {limit} instructional days.",
            "Find out what keeps the ILD from the school, take one other commitment away, and book the visit.",
            "a substantive contact is logged",
            _CONTACT,
        ),
        Rule(
            "partnership_cadence",
            "partnership",
            "Contact below the agreed rhythm",
            "At least {limit} of the two-week windows of the term hold a substantive contact.",
            "Look at the ILD's next two weeks together and protect the time for the school.",
            "enough contact windows are met again",
            _CONTACT,
            limit_is_share=True,
        ),
        Rule(
            "partnership_unpaired",
            "partnership",
            "No ILD assigned",
            "A school with a principal is without an ILD on no more than {limit} instructional days of four weeks.",
            "Name an ILD for the school, acting if need be.",
            "an ILD is assigned",
            _STAFF,
        ),
        Rule(
            "service_promise_kept",
            "service",
            "Service promises not kept",
            "At least {limit} of a school's requests are answered and resolved within the promised times.",
            "Go through the missed requests with the team and name the one cause behind most of them.",
            "the share of promises kept is back above the limit",
            frozenset({"incident"}),
            limit_is_share=True,
        ),
        Rule(
            "service_ageing",
            "service",
            "Requests left to age",
            "No more than {limit} of a school's open requests are older than twice their promised time.",
            "Give every overdue request of the school a named person and a date today.",
            "the aged requests are resolved",
            frozenset({"incident"}),
        ),
        Rule(
            "service_urgent_overdue",
            "service",
            "Urgent request past its promise",
            "An urgent request is resolved within its promised time.",
            "Call the school, say when it will be mended, and put someone on it now.",
            "the urgent request is resolved",
            frozenset({"incident"}),
            severity="urgent",
        ),
        Rule(
            "service_no_case_manager",
            "service",
            "No case manager",
            "A school is without a case manager of a unit for no more than {limit} working days in a row.",
            "Name a case manager for the school and tell the principal who it is.",
            "a case manager is in place",
            _STAFF | {"case_manager"},
        ),
        Rule(
            "service_slower_than_elsewhere",
            "service",
            "Longer waits than identical requests elsewhere",
            "No school waits longer than others for identical requests, by more than chance explains.",
            "Go through the school's open requests of the kinds named with the team, and find out what sets them apart.",
            "{looks} in a row find no such difference",
            frozenset({"incident"}),
            is_value_told=False,
            known_limits=(
                "Requests are compared with those of the same unit, type, priority and weeks: if a school's requests are given too low a"
                " priority, only the figure without regard to priority can show it.",
                "A unit that serves one school only has nobody to be compared with.",
                "Identical means identical as far as the types recorded tell.",
                "It finds that waits and the school go together, not what causes them.",
            ),
        ),
        Rule(
            "service_gone_quiet",
            "service",
            "Has this school stopped asking?",
            "A school that needs something knows whom to ask, and finds it worth asking.",
            "Call the school and ask whether it needs anything, and whether it knows whom to ask.",
            "you answer, or requests come again",
            frozenset({"incident"}),
            severity="question",
        ),
    )
}


def rule(rule_id: str) -> Rule:
    """The rule of that id.

    Raises:
        SchoolwardError: when the marts speak of a rule this release does not know.
    """
    try:
        return RULES[rule_id]
    except KeyError:
        raise SchoolwardError(
            f"The marts hold rule {rule_id!r}, which alerts/rules.py does not know. Describe it there, or remove it from the marts."
        ) from None


def add_working_days(start: date, n_days: int, closed: frozenset[date] = frozenset()) -> date:
    """The n-th working day after ``start``: no weekends, none of the days the office is closed."""
    day = start
    while n_days > 0:
        day += timedelta(days=1)
        if day.isoweekday() <= 5 and day not in closed:
            n_days -= 1
    return day
