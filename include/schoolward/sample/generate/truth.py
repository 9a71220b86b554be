"""``truth.json``: what was planted and what must be found. Tests and the demo's own check read it; the product never does."""

from collections.abc import Mapping, Sequence
from typing import Any

from schoolward.sample.generate import names, plan
from schoolward.sample.generate.calendars import SchoolCalendar, iso_text
from schoolward.sample.generate.incidents import STUDENT_IN_TEXT
from schoolward.sample.generate.schools import CLOSED, CLOSES_ON, RENAMED, RENAMED_ON, School
from schoolward.sample.generate.truth_dimensions import dimensions


def truth(
    calendar: SchoolCalendar,
    schools: Sequence[School],
    unattributable: Mapping[str, Sequence[str]],
    counts: Mapping[str, int],
) -> dict[str, Any]:
    """The whole file.

    ``schools`` lists every school: ``flags`` must be flagged at each checkpoint from the second on, ``may_also`` may be,
    and nothing else may.
    """
    planted = {plant.school: plant for plant in plan.PLANTS}
    return {
        "checkpoints": [iso_text(instant) for instant in calendar.checkpoints],
        "flagged_from_checkpoint": 2,
        "counts": dict(counts),
        "schools": [_school(school, planted.get(school.number)) for school in schools],
        "renamed": {"school_id": schools[RENAMED].id, "on": RENAMED_ON.isoformat()},
        "closed": {"school_id": schools[CLOSED].id, "on": CLOSES_ON.isoformat()},
        "unattributable_requests": {source: list(keys) for source, keys in unattributable.items()},
        "dimensions": dimensions(),
        "must_never_land": {
            "student_family_names": list(names.STUDENT_FAMILY),
            "staff_family_names": list(names.STAFF_FAMILY),
            "texts": [STUDENT_IN_TEXT],
            "email_domains": ["pupils.lakeside.example"],
        },
    }


def _school(school: School, plant: plan.Plant | None) -> dict[str, Any]:
    return {
        "school_id": school.id,
        "school_name": school.renamed[1] if school.renamed else school.name,
        "kind": plant.kind.value if plant else None,
        "why": plant.why if plant else None,
        "since_on": plant.since.isoformat() if plant else None,
        "flags": [_flag(flag) for flag in plant.flags] if plant else [],
        "may_also": [_flag(flag) for flag in plant.may_also] if plant else [],
    }


def _flag(flag: plan.Flag) -> dict[str, str | None]:
    return {"rule_id": flag.rule, "unit_id": flag.unit}
