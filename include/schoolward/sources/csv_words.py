"""The words a register's coded fields may hold. A row with another word goes to quarantine, as nobody would count it otherwise.

Lower and upper case are the same. Where an office has words of its own, the district file maps them (``words`` of a stream's options).
"""

from collections.abc import Callable, Mapping
from typing import Any

from schoolward.sources.csv_cells import CellError

DIMENSIONS = ("D1", "D2", "D3", "D4", "D5")
AUDIENCES = ("principals", "unit_staff", "board", "union", "families", "partners", "funders", "community")
CANCEL_REASONS = ("central", "school", "sick", "other")

VOCABULARY: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "touchpoint": {
        "setting": ("school", "video", "phone", "group", "office"),
        "focus": ("instructional_leadership", "operations", "compliance", "crisis", "evaluation"),
        "initiated_by": ("ild", "principal", "unit"),
        "cancel_reason": CANCEL_REASONS,
        "contact_type": ("substantive", "routine_service", "safety", "legal"),
    },
    "touchpoint_next_step": {"status": ("open", "reviewed", "closed", "dropped")},
    "time_block": {
        "category": (
            "instructional_leadership", "operations", "compliance", "crisis", "evaluation", "learning", "travel", "other",
        ),
        "setting": ("school", "principal_group", "one_to_one", "office", "other"),
        "cancel_reason": CANCEL_REASONS,
    },
    "pd_event": {"audience": ("ild", "unit", "principal", "all")},
    "evaluation": {
        "act_type": ("goal_setting", "observation", "mid_year_review", "summative", "rating", "target_sign_off", "sanction"),
    },
    "central_ask": {"kind": ("form", "data_request", "meeting", "directive")},
    "toa_hypothesis": {"dimension": DIMENSIONS},
    "toa_rule": {
        "owner_role": ("ild_supervisor", "unit_chief", "case_manager", "superintendent"),
        "informed_role": ("ild", "ild_supervisor", "case_manager", "unit_chief"),
    },
    "stakeholder": {"audience": AUDIENCES, "influence": ("high", "medium", "low")},
    "communication": {
        "audiences": AUDIENCES,
        "channel": ("newsletter", "mail", "meeting", "forum", "video", "web", "other"),
    },
    "external_resource": {"kind": ("grant", "people", "expertise", "material"), "dimension": DIMENSIONS},
    "evidence_cycle": {"dimension": DIMENSIONS, "result": ("adopt", "adapt", "abandon", "open")},
    "evidence_item": {"kind": ("experience", "service_data", "student_data", "research"), "dimension": DIMENSIONS},
    "decision": {"forum": ("cabinet", "unit")},
    "agenda_item": {"forum": ("cabinet", "unit")},
    "role_readiness": {"role": ("ild", "ild_supervisor", "case_manager", "unit_chief", "unit_staff", "principal")},
    "post_funding": {"role": ("ild", "case_manager")},
}  # fmt: skip
"""Words by stream and field."""


def check_of(stream: str, field: str, own: Mapping[str, str]) -> Callable[[Any], Any] | None:
    """What turns a parsed cell into our words; None where the field is free.

    Args:
        own: the office's own word → ours.
    """
    words = VOCABULARY.get(stream, {}).get(field)
    if words is None:
        return None
    ours = {word.casefold(): word for word in words} | {theirs.casefold(): word for theirs, word in own.items()}

    def one(text: str) -> str:
        try:
            return ours[text.casefold()]
        except KeyError:
            raise CellError(f"is none of {', '.join(words)}") from None

    return lambda value: [one(part) for part in value] if isinstance(value, list) else one(value)
