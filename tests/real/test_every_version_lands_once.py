"""24,918 incidents and all their versions land once, however the pulls are cut.

The incident table can only ever show the newest version at a pull: what is to land of it is counted here, clock by clock, from the log
itself, by code that shares nothing with the converter. The audit feed has every version, so it must end the same whatever the cut.
"""

import csv
import gzip
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

# a real year takes minutes to land, and longer where other work shares the machine
pytestmark = pytest.mark.timeout(1800)

N_INCIDENTS = 24_918
N_ROWS = 141_712
N_DISTINCT_VERSIONS = 141_707
"""Five (number, sys_mod_count) pairs stand on two rows of the log."""

FIRST = datetime(2019, 2, 25, 6, tzinfo=UTC)
END = datetime(2020, 2, 24, 6, tzinfo=UTC)
CUTS: dict[str, list[datetime]] = {
    "one go": [END],
    "weekly": [*(FIRST + timedelta(weeks=n) for n in range(20)), END],
    "four weeks of days": [*(FIRST + timedelta(days=n) for n in range(29)), END],
}
STREAMS = ("incident", "sys_audit", "sys_audit_journal")
AUDIT_COLUMNS = 'sys_id, documentkey, fieldname, oldvalue, newvalue, "user", record_checkpoint, sys_created_on'
JOURNAL_COLUMNS = 'sys_id, documentkey, fieldname, "user", record_checkpoint, sys_created_on'

History = list[tuple[datetime, int]]
"""An incident's versions: from when each was true, and its sys_mod_count."""


@dataclass(frozen=True)
class Landed:
    """What a warehouse holds after all pulls of a cut."""

    versions: Counter[tuple[str, int, datetime]]
    current: dict[str, tuple[int, datetime]]
    audit: tuple[tuple[object, ...], ...]
    """Rows, distinct rows and a digest of both audit tables."""
    audited: set[tuple[str, int]]
    """Every (number, sys_mod_count) that the audit feed tells of."""


def utc(stamp: str) -> datetime:
    """d/m/yyyy HH:MM of 2016, Chicago's local time, 156 weeks later."""
    day, clock = stamp.split()
    d, m, y = (int(part) for part in day.split("/"))
    hour, minute = (int(part) for part in clock.split(":"))
    local = datetime(y, m, d, hour, minute, tzinfo=ZoneInfo("America/Chicago")) + timedelta(weeks=156)
    return local.astimezone(UTC)


def in_time(told: Iterable[tuple[str, int]]) -> History:
    """Versions by their stamps; where daylight saving swallows a stamp's hour, none comes before the one in front of it."""
    found: History = []
    for stamp, mod_count in sorted(told, key=lambda v: datetime.strptime(v[0], "%d/%m/%Y %H:%M")):  # noqa: DTZ007
        found.append((max([utc(stamp), *(at for at, _ in found[-1:])]), mod_count))
    return found


def shown(history: History, clocks: Sequence[datetime]) -> Iterator[tuple[int, datetime]]:
    """The versions that were the newest at one of the clocks, each once."""
    before = -1
    for clock in clocks:
        newest = sum(at <= clock for at, _ in history) - 1
        if newest > before:
            at, mod_count = history[newest]
            yield mod_count, at
            before = newest


@pytest.fixture(scope="module")
def log(real_data: Path) -> dict[str, History]:
    told: dict[str, list[tuple[str, int]]] = {}
    with gzip.open(real_data / "servicenow/incident_event_log.csv.gz", "rt", newline="") as file:
        for row in csv.DictReader(file):
            told.setdefault(row["number"], []).append((row["sys_updated_at"], int(row["sys_mod_count"])))
    return {number: in_time(versions) for number, versions in told.items()}


@pytest.fixture(scope="module")
def landings(replay: Callable[..., AbstractContextManager[Any]]) -> dict[str, Landed]:
    """Every cut, pulled into a warehouse of its own."""
    return {name: _land(replay, clocks) for name, clocks in CUTS.items()}


def _land(replay: Callable[..., AbstractContextManager[Any]], clocks: Sequence[datetime]) -> Landed:
    with replay(["helpdesk"], clocks[0]) as chicago:
        for clock in clocks:
            chicago.pull(clock, "helpdesk", STREAMS)
        versions = chicago.rows(
            "select number, sys_mod_count, sys_updated_on, _is_current from raw_servicenow.incident"
        )
        audit = tuple(
            chicago.rows(
                f"select count(*), count(distinct sys_id), bool_and(_is_current), sum(hashtextextended(row({columns})::text, 0)::numeric) "
                f"from raw_servicenow.{table}"
            )[0]
            for table, columns in (("sys_audit", AUDIT_COLUMNS), ("sys_audit_journal", JOURNAL_COLUMNS))
        )
        audited = chicago.rows(
            "select distinct i.number, a.record_checkpoint from raw_servicenow.incident i join ("
            "select documentkey, record_checkpoint from raw_servicenow.sys_audit union all "
            "select documentkey, record_checkpoint from raw_servicenow.sys_audit_journal) a on a.documentkey = i.sys_id"
        )
    return Landed(
        versions=Counter((number, mod_count, at) for number, mod_count, at, _ in versions),
        current={number: (mod_count, at) for number, mod_count, at, is_current in versions if is_current},
        audit=audit,
        audited=set(audited),
    )


def test_the_log_is_the_one_these_numbers_were_counted_on(log: dict[str, History]) -> None:
    assert len(log) == N_INCIDENTS
    assert sum(map(len, log.values())) == N_ROWS
    assert (
        len({(number, mod_count) for number, history in log.items() for _, mod_count in history}) == N_DISTINCT_VERSIONS
    )


@pytest.mark.parametrize("cut", CUTS)
def test_the_incident_history_is_what_the_server_showed_at_each_clock_each_version_once(
    landings: dict[str, Landed], log: dict[str, History], cut: str
) -> None:
    expected = Counter((n, *version) for n, history in log.items() for version in shown(history, CUTS[cut]))
    assert landings[cut].versions == expected
    assert set(expected.values()) == {1}


@pytest.mark.parametrize("cut", CUTS)
def test_every_incident_ends_in_its_last_version(
    landings: dict[str, Landed], log: dict[str, History], cut: str
) -> None:
    assert len(landings[cut].current) == N_INCIDENTS
    assert landings[cut].current == {n: (history[-1][1], history[-1][0]) for n, history in log.items()}


@pytest.mark.parametrize("cut", CUTS)
def test_the_audit_feed_tells_of_every_distinct_version_and_each_row_once(
    landings: dict[str, Landed], log: dict[str, History], cut: str
) -> None:
    landed = landings[cut]
    assert landed.audited == {(number, mod_count) for number, history in log.items() for _, mod_count in history}
    assert len(landed.audited) == N_DISTINCT_VERSIONS
    for n_rows, n_distinct, is_all_current, _ in landed.audit:
        assert n_rows == n_distinct
        assert is_all_current


def test_the_audit_feed_is_the_same_for_every_cut(landings: dict[str, Landed]) -> None:
    assert len({landed.audit for landed in landings.values()}) == 1
