"""What the central office learns from, in which cycles, and what its decisions rest on."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from schoolward.sample.generate import plan_dimensions as plan
from schoolward.sample.generate.calendars import SchoolCalendar
from schoolward.sample.generate.people import People
from schoolward.sample.generate.randomness import stream
from schoolward.sample.generate.registers import Register
from schoolward.sample.generate.rules import Rules
from schoolward.sources.csv_registers import Decision, DecisionEvidence, EvidenceCycle, EvidenceItem

DIMENSIONS = ("D1", "D2", "D3", "D4")
KINDS = ("experience", "service_data", "student_data", "research")
TEST_SCORES_UNTIL = date(2025, 10, 1)
"""Until then evidence was mostly test results and research."""
FIRST_CYCLE = EvidenceCycle(
    cycle_id="EC-01", opened_on=date(2025, 9, 8), unit_id="it", dimension="D1", collected_on=date(2025, 10, 3),
    reflected_on=date(2025, 10, 31), changed_on=date(2025, 12, 12), checked_on=date(2026, 2, 6), result="adapt", hypothesis_id="H1",
)  # fmt: skip
"""The cycle that made the newest version of the theory of action necessary."""


def registers(seed: int, rules: Rules, people: People) -> list[Register[Any]]:
    """Every register of this part."""
    cycles = [FIRST_CYCLE, *_cycles(stream(seed, "evidence cycles"), rules)]
    items = list(_items(stream(seed, "evidence items"), rules.calendar, cycles, rules))
    decisions, links = _decisions(stream(seed, "decisions"), rules, people, items)
    made_on = {decision.decision_id: decision.made_on for decision in decisions}
    stages = ("collected_on", "reflected_on", "changed_on", "checked_on")
    return [
        Register("evidence_cycles", cycles, lambda row: row.opened_on, stages, {"result": "open"}),
        Register("evidence_items", items, lambda row: row.collected_on),
        Register("decisions", decisions, lambda row: row.made_on),
        Register("decision_evidence", links, lambda row: made_on[row.decision_id]),
    ]


def _cycles(rng: Random, rules: Rules) -> Iterator[EvidenceCycle]:
    """Every unit opens one a quarter, but one unit none; one unit's come to no change, the others' within six weeks."""
    number = 1
    for opened_on in (date(2025, 8, 25), date(2025, 10, 13), date(2026, 1, 12), date(2026, 4, 6)):
        for unit in rules.units:
            if unit.id == plan.WITHOUT_CYCLES:
                continue
            number += 1
            begun = opened_on + timedelta(days=rng.randint(0, 14))
            collected = begun + timedelta(days=rng.randint(7, 21))
            reflected = collected + timedelta(days=rng.randint(7, 18))
            changed = reflected + timedelta(days=rng.randint(5, 20))
            is_stuck = unit.id == plan.SLOW_CYCLES
            yield EvidenceCycle(
                cycle_id=f"EC-{number:02d}", opened_on=begun, unit_id=unit.id, dimension=DIMENSIONS[number % 4],
                collected_on=collected, reflected_on=reflected,
                changed_on=None if is_stuck else changed, checked_on=None if is_stuck else changed + timedelta(days=30),
                result="open" if is_stuck else rng.choice(("adopt", "adapt", "adapt", "abandon")), hypothesis_id=rng.choice(("H1", "H2", "H3", None)),
            )  # fmt: skip


def _items(
    rng: Random, calendar: SchoolCalendar, cycles: Sequence[EvidenceCycle], rules: Rules
) -> Iterator[EvidenceItem]:
    """Two pieces of evidence a week; what people found out at their own work becomes the larger part during the fall."""
    for number, day in enumerate(calendar.instructional_days[1::3], 1):
        weights = (1, 1, 4, 3) if day < TEST_SCORES_UNTIL else (5, 3, 2, 1)
        kind = rng.choices(KINDS, weights)[0]
        unit = rng.choice(rules.units).id
        open_cycles = [
            c.cycle_id for c in cycles if c.unit_id == unit and c.opened_on <= day <= c.opened_on + timedelta(days=60)
        ]
        yield EvidenceItem(
            item_id=f"EI-{number:03d}", kind=kind, collected_on=day, cycle_id=open_cycles[-1] if open_cycles else None,
            unit_id=unit, dimension=rng.choice(DIMENSIONS),
        )  # fmt: skip


def _decisions(
    rng: Random, rules: Rules, people: People, items: Sequence[EvidenceItem]
) -> tuple[list[Decision], list[DecisionEvidence]]:
    """Decisions of the cabinet and of units, six or seven a month, and the evidence under them."""
    decisions: list[Decision] = []
    links: list[DecisionEvidence] = []
    for number, made_on in enumerate(rules.calendar.instructional_days[4::3], 1):
        is_cabinet = number % 3 == 0
        unit = None if is_cabinet else rng.choice(rules.units).id
        owner = people.chiefs[unit or rng.choice(rules.units).id].staff_id
        key = f"DEC-{number:03d}"
        decisions.append(
            Decision(
                decision_id=key, made_on=made_on, forum="cabinet" if is_cabinet else "unit", unit_id=unit, owner_staff_id=owner,
                revisit_on=made_on + timedelta(days=rng.choice((30, 60, 90))),
            )
        )  # fmt: skip
        share = 0.25 if made_on.replace(day=1) in plan.UNFOUNDED_MONTHS else 0.85
        seen = [item.item_id for item in items if item.collected_on <= made_on]
        if rng.random() < share:
            picked = sorted(rng.sample(seen[-12:], min(len(seen), rng.randint(1, 2))))
            links += [DecisionEvidence(decision_id=key, item_id=item) for item in picked]
    return decisions, links
