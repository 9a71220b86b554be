"""A real, anonymised ServiceNow log (UCI Machine Learning Repository 498, CC BY 4.0) as the versions a ServiceNow instance would have shown.

The log holds 141,712 rows of 24,918 incidents, each row an incident as one update left it. What had to be decided:

- **Time.** Stamps are d/m/yyyy HH:MM without a zone; they are taken as local time of the district (its office hours fit) and moved by
  1,092 days, 156 whole weeks, so that weekdays stay and spring 2016 falls on spring 2019. Where a local time does not exist
  or an update stands before its forerunner (once in the log), order by stamp wins, and then order in the file; no version is shown
  before the one in front of it.
- **Foreknowledge.** ``resolved_at``, ``closed_at`` and ``closed_code`` carry their final value on every row. They are shown only once the
  row's state is Resolved or Closed (``closed_at``: Closed). A final instant that lies behind the row belongs to a later resolution; the
  row then shows when the incident entered its state.
- **Nulls.** ``?`` is shown as ``""``: a group on 10 % of rows, ``sys_created_on`` on 37 %.
- **Repeats.** Five (number, sys_mod_count) pairs stand on two rows each. Both rows are versions, each shown from its own stamp on, with the
  count the log gives: 141,712 versions, 141,707 distinct pairs. State -100 (five rows) is passed on as it is.
- **Audit.** For every version, ``sys_audit`` has a row for each changed field of :data:`TRACKED` (an incident's first version: for those of
  :data:`TRACKED_FROM_THE_START` that are set), or, where none changed, one ``work_notes`` row without a text. Its
  ``record_checkpoint`` is the version's sys_mod_count, so that every version is seen however rarely one pulls. Comments to the
  requester are not in the log.

**Schools are our own linkage**: the log comes from a company. Each caller is given a school by a hash of the label, weighted by
enrolment, and the incident the school's location. Nothing said of a school from these requests is true of that school.
"""

import csv
import gzip
import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import accumulate, groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from schoolward.sample.generate.calendars import utc_text

SHIFT = timedelta(days=1092)
NULL = "?"
TRACKED = (
    "state",
    "hold_reason",
    "assignment_group",
    "assigned_to",
    "priority",
    "reopen_count",
    "location",
    "category",
    "subcategory",
    "active",
    "urgency",
    "impact",
)
"""The incident's audited fields."""
TRACKED_FROM_THE_START = ("state", "assignment_group", "assigned_to", "priority")

_STATES: Mapping[str, tuple[str, str]] = {
    "New": ("1", ""),
    "Active": ("2", ""),
    "Awaiting User Info": ("3", "1"),
    "Awaiting Evidence": ("3", "2"),
    "Awaiting Problem": ("3", "3"),
    "Awaiting Vendor": ("3", "4"),
    "Resolved": ("6", ""),
    "Closed": ("7", ""),
}
"""State and hold reason by the log's label; other labels are codes already."""
_CONTACT_TYPES = {"Phone": "phone", "Self service": "self-service", "Email": "email", "IVR": "phone_ivr"}
_FINISHED = ("6", "7")

Row = Mapping[str, str]


def sys_id(kind: str, label: str) -> str:
    """The 32 hex digits that stand for a labelled thing; '' for none."""
    return hashlib.md5(f"{kind}/{label}".encode(), usedforsecurity=False).hexdigest() if label else ""


@dataclass(frozen=True)
class SchoolLinkage:
    """Our linkage of callers to schools: by a hash of the caller's label, weighted by enrolment."""

    school_ids: Sequence[str]
    enrolments: Sequence[int]

    def school_of(self, caller: str) -> str:
        """The school given to a caller; '' for an unknown one."""
        if not caller:
            return ""
        ends = list(accumulate(self.enrolments))
        drawn = int(hashlib.sha256(caller.encode()).hexdigest(), 16) % ends[-1]
        return self.school_ids[bisect_right(ends, drawn)]


@dataclass(frozen=True)
class LogVersion:
    """An incident as one update left it, from an instant (epoch seconds) on."""

    at: int
    line: int
    """The row's place in the log, from 0."""
    actor: str
    record: dict[str, str]


def read_log(path: Path) -> Iterator[list[tuple[int, Row]]]:
    """The log's rows, numbered, one list per incident."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for _, rows in groupby(enumerate(csv.DictReader(file)), key=lambda row: row[1]["number"]):
            yield list(rows)


@lru_cache(maxsize=100_000)
def local_instant(text: str) -> datetime:
    """A stamp of the log, moved to the replayed year; naive local time."""
    return datetime.strptime(text, "%d/%m/%Y %H:%M") + SHIFT  # noqa: DTZ007 - it has no zone


class LogReader:
    """Makes versions of the log's rows."""

    def __init__(self, zone: ZoneInfo, linkage: SchoolLinkage) -> None:
        self._zone = zone
        self._linkage = linkage
        self._location_of: dict[str, str] = {}

    def versions(self, rows: Sequence[tuple[int, Row]]) -> list[LogVersion]:
        """One incident's versions in the order they were true."""
        ordered = sorted(rows, key=lambda row: (local_instant(row[1]["sys_updated_at"]), row[0]))
        versions: list[LogVersion] = []
        at, entered_at, previous_state = 0, 0, ""
        for line, row in ordered:
            at = max(at, self._epoch(row["sys_updated_at"]) or 0)
            state, hold_reason = _STATES.get(row["incident_state"], (row["incident_state"], ""))
            if state != previous_state:
                entered_at, previous_state = at, state
            record = {
                **self._facts(row),
                "state": state,
                "hold_reason": hold_reason,
                "sys_updated_on": utc_text(at),
                **self._ending(row, state, at, entered_at),
            }
            versions.append(LogVersion(at, line, _text(row["sys_updated_by"]), record))
        return versions

    def _facts(self, row: Row) -> dict[str, str]:
        caller = _text(row["caller_id"])
        return {
            "sys_id": sys_id("incident", row["number"]),
            "number": row["number"],
            "priority": _code(row["priority"]),
            "urgency": _code(row["urgency"]),
            "impact": _code(row["impact"]),
            "category": _text(row["category"]),
            "subcategory": _text(row["subcategory"]),
            "contact_type": _CONTACT_TYPES.get(row["contact_type"], ""),
            "caller_id": sys_id("user", caller),
            "opened_by": sys_id("user", _text(row["opened_by"])),
            "opened_at": self._stamp(row["opened_at"]),
            "sys_created_on": self._stamp(row["sys_created_at"]),
            "sys_mod_count": row["sys_mod_count"],
            "assignment_group": sys_id("group", _text(row["assignment_group"])),
            "assigned_to": sys_id("user", _text(row["assigned_to"])),
            "location": self.location_of(caller),
            "company": "",
            "reassignment_count": row["reassignment_count"],
            "reopen_count": row["reopen_count"],
            "active": row["active"],
            "made_sla": row["made_sla"],
            "parent_incident": "",
        }

    def location_of(self, caller: str) -> str:
        """The sys_id of the location our linkage gives a caller; '' for an unknown one."""
        if caller not in self._location_of:
            self._location_of[caller] = sys_id("location", self._linkage.school_of(caller))
        return self._location_of[caller]

    def _ending(self, row: Row, state: str, at: int, entered_at: int) -> dict[str, str]:
        """What is known of the incident's end at this version."""
        is_finished, is_closed = state in _FINISHED, state == "7"
        return {
            "resolved_at": self._end(row["resolved_at"], at, entered_at) if is_finished else "",
            "closed_at": self._end(row["closed_at"], at, entered_at) if is_closed else "",
            "close_code": _text(row["closed_code"]) if is_finished else "",
            "resolved_by": sys_id("user", _text(row["resolved_by"])) if is_finished else "",
        }

    def _end(self, final: str, at: int, entered_at: int) -> str:
        instant = self._epoch(final)
        if instant is None:
            return ""
        return utc_text(instant if instant <= at else entered_at)

    def _stamp(self, text: str) -> str:
        instant = self._epoch(text)
        return "" if instant is None else utc_text(instant)

    def _epoch(self, text: str) -> int | None:
        return None if text == NULL else int(local_instant(text).replace(tzinfo=self._zone).timestamp())


def audit_rows(versions: Sequence[LogVersion]) -> Iterable[tuple[int, dict[str, str]]]:
    """The audit rows of one incident's versions, each with its instant."""
    before: dict[str, str] | None = None
    for version in versions:
        after = version.record
        if before is None:
            changed = [(field, "") for field in TRACKED_FROM_THE_START if after[field]]
        else:
            changed = [(field, before[field]) for field in TRACKED if after[field] != before[field]]
        for field, old in changed:
            yield version.at, _audit_row(version, field, old, after[field])
        if not changed:
            yield version.at, _audit_row(version, "work_notes", "", "")
        before = after


def _audit_row(version: LogVersion, field: str, old: str, new: str) -> dict[str, str]:
    return {
        "sys_id": sys_id("audit", f"{version.line}/{field}"),
        "tablename": "incident",
        "documentkey": version.record["sys_id"],
        "fieldname": field,
        "oldvalue": old,
        "newvalue": new,
        "user": version.actor,
        "record_checkpoint": version.record["sys_mod_count"],
        "sys_created_on": version.record["sys_updated_on"],
    }


def _text(value: str) -> str:
    return "" if value == NULL else value


def _code(value: str) -> str:
    """``3 - Moderate`` as its code, ``3``."""
    return _text(value).partition(" ")[0]
