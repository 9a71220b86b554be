"""What an evaluation looks at: the rows of the marts, and the alerts whose story is not over."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from schoolward.alerts.rules import FlagKind
from schoolward.alerts.states import State, Verdict, verdict

ALL_SCHOOLS = "*"


def dedupe_key(rule_id: str, school_key: str | None, unit_id: str | None) -> str:
    """``rule/school/unit``; ``*`` for all schools, ``-`` for no unit."""
    return f"{rule_id}/{school_key or ALL_SCHOOLS}/{unit_id or '-'}"


@dataclass(frozen=True, slots=True)
class Observation:
    """What a week says of one promise to one school, with the school's need (1 = least, 4 = most) beside it.

    A row of ``marts.school_underserved_reason_week``; of ``marts.unit_underserved_week`` with ``*`` for the school; or of
    ``marts.service_question_week``, for a question.
    """

    week_start_on: date
    school_key: str
    school_name: str
    rule_id: str
    flag_kind: FlagKind
    unit_id: str | None
    unit_name: str | None
    value: float | None
    act_threshold: float | None
    n: int
    status: str
    is_breached: bool
    is_flagged: bool
    owner_role: str
    owner_staff_id: str | None
    informed_role: str | None
    reason_text: str
    since_on: date | None
    data_as_of: datetime
    evidence: Mapping[str, Any]
    need_quartile: int | None = None
    is_compounded: bool = False
    toa_version_id: str | None = None
    """The version of the theory of action in force in the week; None before the first."""
    days_to_answer: int | None = None
    """Working days its owner has; None for what the rule's severity gives."""
    promise_text: str | None = None
    """The version's own wording of the promise; None for the rule's."""

    @property
    def dedupe_key(self) -> str:
        return dedupe_key(self.rule_id, self.school_key, self.unit_id)

    @property
    def verdict(self) -> Verdict:
        return verdict(self.status, self.is_breached, self.is_flagged)


@dataclass(frozen=True, slots=True)
class OpeningRecord:
    """What the week an alert opened in says of it: as first known once that week was over, and now."""

    value: float | None
    is_flagged: bool
    first_value: float | None
    first_is_flagged: bool

    @classmethod
    def first(cls, row: Observation) -> "OpeningRecord":
        return cls(row.value, row.is_flagged, row.value, row.is_flagged)


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert as it stands before the evaluation: one that has not recovered, or whose recovery is not verified yet."""

    key: str
    dedupe_key: str
    rule_id: str
    school_key: str | None
    unit_id: str | None
    state: State
    owner_target: str | None
    opened_week_on: date
    due_on: date
    last_seen_week_on: date
    snoozed_until_on: date | None = None
    is_digest_only: bool = False
    parent_key: str | None = None
    is_escalated: bool = False
    reason: str = ""
    n_schools: int = 1
    recovered_on: date | None = None
    """The day of the data, in the district's zone, on which it was resolved."""
    n_came_back: int = 0
    since_on: date | None = None
    record: OpeningRecord | None = None
    """None until the week it opened in is over."""

    @property
    def is_parent(self) -> bool:
        return self.school_key is None

    @property
    def is_recovering(self) -> bool:
        return self.state is State.RESOLVED

    @property
    def episode(self) -> int:
        return int(self.key.rpartition("/")[2])
