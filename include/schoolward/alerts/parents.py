"""When a unit slips on a promise everywhere: one alert about the unit, not one a school.

Two ways to see it: the promise slips at more than half of the schools of which enough is known, or the unit misses it over
all its requests together, as it does where schools are too small for any of them to be judged alone.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from schoolward.alerts.observed import Observation
from schoolward.alerts.rules import rule
from schoolward.alerts.states import Verdict

FEWEST_SCHOOLS_FOR_PARENT = 4
"""Below this, "more than half of the schools" is two or three schools, better told one by one."""

Place = tuple[str, str | None]
"""A rule and a unit (None: the partnership)."""


@dataclass(frozen=True, slots=True)
class Whole:
    """One rule for all schools of a unit in a week."""

    rows: Sequence[Observation]
    """A row a school."""
    unit_row: Observation | None
    """The unit's own, over all its requests; None where the rule is not judged so."""

    @property
    def about(self) -> Observation:
        """Whose names, owner and limit an alert takes."""
        return self.unit_row if self.is_missed_by_the_unit and self.unit_row else self.rows[0]

    @property
    def measured(self) -> list[Observation]:
        return [o for o in self.rows if o.verdict is not Verdict.UNKNOWN]

    @property
    def flagged(self) -> list[Observation]:
        return sorted((o for o in self.measured if o.is_flagged), key=lambda o: o.school_key)

    @property
    def is_at_more_than_half(self) -> bool:
        measured = self.measured
        return len(measured) >= FEWEST_SCHOOLS_FOR_PARENT and 2 * len(self.flagged) > len(measured)

    @property
    def is_missed_by_the_unit(self) -> bool:
        is_enough = len(self.rows) >= FEWEST_SCHOOLS_FOR_PARENT
        return is_enough and self.unit_row is not None and self.unit_row.verdict is Verdict.FLAGGED

    @property
    def slips_everywhere(self) -> bool:
        return self.is_at_more_than_half or self.is_missed_by_the_unit

    @property
    def verdict(self) -> Verdict:
        """What the week says of an alert about the unit."""
        if self.slips_everywhere:
            return Verdict.FLAGGED
        if self.unit_row is not None and self.unit_row.verdict is Verdict.LINGERING:
            return Verdict.LINGERING
        return Verdict.RECOVERED if self.measured else Verdict.UNKNOWN  # each school is told by itself again

    @property
    def since_on(self) -> date | None:
        rows = self.flagged if self.is_at_more_than_half else [self.about]
        return min((o.since_on for o in rows if o.since_on is not None), default=None)

    @property
    def n_schools(self) -> int:
        """Schools the promise slips at; all of them where it is the unit that misses it."""
        return len(self.flagged) if self.is_at_more_than_half else len(self.rows)

    @property
    def reason(self) -> str:
        n_flagged, n_measured = len(self.flagged), len(self.measured)
        if self.is_at_more_than_half:
            whose = self.rows[0].unit_name or "The central office"
            return (
                f"{whose} slips on this promise at {n_flagged} of the {n_measured} schools with enough data:"
                f" one cause in the office is likelier than {n_flagged} in the schools."
            )
        few = {0: "No school stands", 1: "One school stands"}.get(n_flagged, f"{n_flagged} schools stand")
        return f"{self.about.reason_text} {few} out alone, of {n_measured} with enough data for it."

    @property
    def evidence(self) -> Mapping[str, Any]:
        schools = [
            {
                "school_key": o.school_key,
                "school_name": o.school_name,
                "value": o.value,
                "n": o.n,
                "since_on": str(o.since_on),
            }
            for o in self.flagged
        ]
        told = {
            "n_measured": len(self.measured),
            "n_flagged": len(schools),
            "act_threshold": self.about.act_threshold,
            "schools": schools,
        }
        return told | ({"unit": dict(self.unit_row.evidence)} if self.unit_row is not None else {})


def wholes(rows: Iterable[Observation], unit_rows: Iterable[Observation]) -> Mapping[Place, Whole]:
    """The rows by rule and unit. Questions have no parent: that many schools are silent is no promise the unit made."""
    by_place: dict[Place, list[Observation]] = defaultdict(list)
    for o in rows:
        if rule(o.rule_id).severity != "question":
            by_place[o.rule_id, o.unit_id].append(o)
    units = {(o.rule_id, o.unit_id): o for o in unit_rows}
    return {place: Whole(of_place, units.get(place)) for place, of_place in by_place.items()}
