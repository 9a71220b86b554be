"""A record that is put right after an alert was opened on it: told as a correction, never as a promise kept again.

The row of the opening week as it was once that week was over is remembered; what differs from it later is a correction, for
nothing else can change a week that is over. Blind spots: what is put right before the week is over looks like the course of
the week; alerts about a whole unit are not followed, their sentence is written anew every week.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from schoolward.alerts.observed import Alert, Observation, OpeningRecord
from schoolward.alerts.rendering import percent, short_day
from schoolward.alerts.rules import rule
from schoolward.alerts.states import Verdict

_NOTE = " The record of the week of "


@dataclass(frozen=True, slots=True)
class Correction:
    """What became of the opening week's record; ``detail`` is what the action keeps, None when nothing was corrected."""

    record: OpeningRecord | None
    detail: Mapping[str, Any] | None = None
    removes_breach: bool = False


def correction(alert: Alert, row: Observation | None) -> Correction:
    """Compare what the opening week says now (None: still running, gone, or from a late source) with what it said."""
    if row is None or row.verdict is Verdict.UNKNOWN or rule(alert.rule_id).severity == "question":
        return Correction(alert.record)
    before = alert.record
    if before is None:
        return Correction(OpeningRecord.first(row))
    is_other_value = rule(alert.rule_id).is_value_told and row.value != before.value
    if not is_other_value and row.is_flagged == before.is_flagged:
        return Correction(before)
    after = replace(before, value=row.value, is_flagged=row.is_flagged)
    detail = {
        "week_start_on": alert.opened_week_on.isoformat(),
        "value_before": before.value,
        "value_after": row.value,
        "is_flagged_before": before.is_flagged,
        "is_flagged_after": row.is_flagged,
    }
    return Correction(after, detail, removes_breach=before.is_flagged and not row.is_flagged)


def with_note(reason: str, rule_id: str, week: date, record: OpeningRecord | None) -> str:
    """The reason, and that the record of the opening week was corrected, where it was."""
    reason = reason.partition(_NOTE)[0]
    if record is None or (record.value, record.is_flagged) == (record.first_value, record.first_is_flagged):
        return reason
    of_week = f"{_NOTE}{short_day(week)} was corrected since"
    if not rule(rule_id).is_value_told or record.value == record.first_value:
        return f"{reason}{of_week}."
    before, after = (_shown(rule_id, v) for v in (record.first_value, record.value))
    return f"{reason}{of_week}: it said {before}, and says {after} now."


def _shown(rule_id: str, value: float | None) -> str:
    if value is None:
        return "nothing"
    return percent(value) if rule(rule_id).limit_is_share else f"{value:g}"
