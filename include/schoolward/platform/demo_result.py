"""What the demo brought about, read from the warehouse, and whether it is what was planted."""

from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import msgspec
from psycopg import sql

from schoolward.errors import SchoolwardError
from schoolward.sources.base import all_streams
from schoolward.warehouse.connection import connect


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of the demo's last line.

    Attributes:
        n_rows: versions held in the raw tables.
        n_schools: schools in the newest week of the marts.
        n_flagged: those of them that carry a flag.
        n_delivered: messages delivered by this run.
        n_mails: files in the mailbox.
    """

    n_rows: int
    n_schools: int
    n_flagged: int
    n_delivered: int
    n_mails: int

    def sentence(self, n_sources: int) -> str:
        """The last line, with ``{seconds}`` left open."""
        return (
            f"demo ok: {n_sources} sources, {self.n_rows} rows, {self.n_schools} schools, {self.n_flagged} flagged, "
            f"{self.n_delivered} alerts delivered, {{seconds}} s"
        )


def has_loads() -> bool:
    """Whether anything was ever pulled into this warehouse."""
    return bool(_count("select count(*) from (select from ops.load limit 1) as any_load"))


def n_delivered() -> int:
    """Messages ever delivered."""
    return _count("select count(*) from alerts.outbox where state = 'delivered'")


def _count(query: LiteralString | sql.Composed) -> int:
    with connect("owner") as connection:
        row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def measure(n_delivered_before: int, mailbox: Path) -> Outcome:
    """The figures as they stand, deliveries counted from ``n_delivered_before``."""
    tables = {(stream.schema, stream.table) for stream in all_streams()}
    n_rows = sum(_count(sql.SQL("select count(*) from {}").format(sql.Identifier(*table))) for table in tables)
    newest = "from marts.school_underserved_week where week_start_on = (select max(week_start_on) from marts.school_underserved_week)"
    n_schools = _count(f"select count(*) {newest}")
    n_flagged = _count(f"select count(*) {newest} and (is_partnership_underserved or is_service_underserved)")
    n_mails = sum(1 for _ in mailbox.glob("*.eml"))
    return Outcome(n_rows, n_schools, n_flagged, n_delivered() - n_delivered_before, n_mails)


class _Flag(msgspec.Struct, frozen=True):
    rule_id: str
    unit_id: str | None = None


class _School(msgspec.Struct):
    school_id: str
    school_name: str
    flags: list[_Flag]
    may_also: list[_Flag]


class _Truth(msgspec.Struct):
    schools: list[_School]


def check_plants(truth_path: Path) -> int:
    """Compare the newest week's flags with what was planted; returns how many schools were to be flagged.

    Records that are not made up have no ``truth.json``: then there is nothing to compare, and 0 is returned.

    Raises:
        SchoolwardError: naming the schools that lack a flag, or carry one that they must not.
    """
    if not truth_path.exists():
        return 0
    truth = msgspec.json.decode(truth_path.read_bytes(), type=_Truth)
    with connect("owner") as connection:
        found: dict[str, set[_Flag]] = {}
        for school_key, rule_id, unit_id in connection.execute(
            """
            select school_key, rule_id, unit_id from marts.school_underserved_reason_week
            where is_flagged
              and week_start_on = (select max(week_start_on) from marts.school_underserved_reason_week)
            """
        ):
            found.setdefault(school_key, set()).add(_Flag(rule_id, unit_id))
    missing, wrong = [], []
    for school in truth.schools:
        has = found.get(school.school_id, set())
        missing += [f"{school.school_name} ({_text(flag)})" for flag in school.flags if flag not in has]
        allowed = {*school.flags, *school.may_also}
        wrong += [f"{school.school_name} ({_text(flag)})" for flag in has if flag not in allowed]
    complaints = [f"{len(missing)} planted flags are missing: {_some(missing)}."] if missing else []
    complaints += [f"{len(wrong)} flags are raised that must not be: {_some(wrong)}."] if wrong else []
    if complaints:
        raise SchoolwardError(
            f"All runs went well, but the flags are not those planted in {truth_path}. {' '.join(complaints)}"
        )
    return sum(1 for school in truth.schools if school.flags)


def _text(flag: _Flag) -> str:
    return flag.rule_id + (f", {flag.unit_id}" if flag.unit_id else "")


def _some(names: list[str]) -> str:
    shown = sorted(names)[:5]
    return "; ".join(shown) + (f"; and {len(names) - len(shown)} more" if len(names) > len(shown) else "")
