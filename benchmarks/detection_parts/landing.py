"""Puts simulated districts where the detection reads real ones: the same four relations, filled by COPY.

One database holds many districts at once: a district's number is the beginning of all its keys, and each of its runs has units of its own.
A simulated business minute is a minute of office hours that begin at eight on weekdays. What happened within a minute is put in its middle,
so that nothing happens at the very moment when a window begins or ends.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from math import ceil

import psycopg

from schoolward.sample.simulate import DAY, WEEK, District, Request
from schoolward.sample.simulate.design import N_UNITS

Connection = psycopg.Connection[tuple[object, ...]]

FIRST_MONDAY = date(2025, 9, 8)
"""Day of minute 0: a Monday on which a four-week band begins."""
OPENS_AT = datetime.combine(FIRST_MONDAY, time(8), UTC)
_TIMES = tuple(f"{OPENS_AT + timedelta(seconds=30 * half):%H:%M:%S%z}" for half in range(2 * DAY))
SOURCE = "simulated"
CHUNK_ROWS = 5_000
NULL = "\\N"

TABLES = """
drop table if exists indicators.int_detection__run_unit, core.int_request_clock, core.request_pause, core.int_readable_source cascade;
drop table if exists indicators.detection_score, indicators.detection_contribution, indicators.detection_any_priority cascade;
drop table if exists indicators.detection_run cascade;
drop table if exists indicators.int_detection__run, core.dim_week, core.dim_service_unit cascade;
create table indicators.int_detection__run_unit (
    run_id text, week_start_on date, window_name text, unit_id text, starts_on date, starts_at timestamptz, ends_at timestamptz,
    starts_business_seconds bigint, ends_business_seconds bigint
);
create table core.int_request_clock (
    request_key text, source_name text, school_key text, unit_id text, request_type text, priority int,
    created_on date, created_at timestamptz, created_business_seconds numeric,
    first_response_at timestamptz, first_response_business_seconds numeric,
    resolved_at timestamptz, withdrawn_at timestamptz, ended_business_seconds numeric,
    requester_wait_business_seconds numeric, going_pause_kind text
);
create table core.request_pause (
    request_key text, kind text, starts_at timestamptz, ends_at timestamptz, starts_business_seconds numeric, ends_business_seconds numeric
);
create table core.int_readable_source (source_name text);
"""


@dataclass(frozen=True, slots=True)
class Run:
    """A look at a district: what was at risk from minute ``begins`` to minute ``as_of``."""

    window: str
    begins: int
    as_of: int


def run_id(district: District, run: Run) -> str:
    return f"{district.design.seed}-{run.window}-{run.as_of}"


def school_key(district: District, school: int) -> str:
    return f"{district.design.seed}-s{school:04d}"


def make_tables(connection: Connection) -> None:
    """The four relations, empty; what was built on them before goes."""
    with connection.transaction():
        connection.execute(TABLES.encode())
        connection.execute("insert into core.int_readable_source values (%s)", (SOURCE,))


def land(connection: Connection, district: District, requests: Iterable[Request], runs: Iterable[Run]) -> None:
    """A district's requests and the runs that look at it."""
    pauses: list[str] = []
    with connection.transaction(), connection.cursor() as cursor:
        with cursor.copy("copy core.int_request_clock from stdin") as copy:
            for chunk in _chunks(_request_lines(district, requests, pauses)):
                copy.write(chunk)
        with cursor.copy("copy core.request_pause from stdin") as copy:
            copy.write("".join(pauses))
        with cursor.copy("copy indicators.int_detection__run_unit from stdin") as copy:
            copy.write("".join(_run_lines(district, runs)))


def land_weeks(connection: Connection) -> None:
    """What the models of persistence ask besides: the comparisons without their units, and the units' names."""
    with connection.transaction():
        connection.execute("""
            create table indicators.int_detection__run as
            select distinct run_id, week_start_on, window_name, starts_on, ends_at from indicators.int_detection__run_unit
        """)
        connection.execute("""
            create table core.dim_service_unit as
            select distinct unit_id, unit_id as unit_name from indicators.int_detection__run_unit
        """)


def forget_comparisons(connection: Connection) -> None:
    """Leave the requests, and take away the runs and all that was made of them."""
    with connection.transaction():
        connection.execute("truncate indicators.int_detection__run_unit")
        connection.execute(
            "drop table if exists indicators.detection_score, indicators.detection_contribution, indicators.detection_any_priority cascade"
        )


def settle(connection: Connection) -> None:
    """Statistics for the planner, as autovacuum would have gathered them by the time of the run."""
    connection.execute("analyze core.int_request_clock, core.request_pause, indicators.int_detection__run_unit")


def at(minute: float) -> str:
    """The instant of a simulated business minute, or of its half."""
    day, rest = divmod(int(minute * 2), 2 * DAY)
    return f"{_date(day)} {_TIMES[rest]}"


def day_of(minute: float) -> date:
    return _date(int(minute // DAY))


@cache
def _date(workday: int) -> date:
    week, weekday = divmod(workday, 5)
    return FIRST_MONDAY + timedelta(days=7 * week + weekday)


def _run_lines(district: District, runs: Iterable[Run]) -> Iterator[str]:
    for run in runs:
        week = day_of(run.as_of) - timedelta(days=7)
        for unit in range(N_UNITS):
            yield (
                f"{run_id(district, run)}\t{week}\t{run.window}\t{district.design.seed}-u{unit}\t{day_of(run.begins)}\t{at(run.begins)}\t"
                f"{at(run.as_of)}\t{run.begins * 60}\t{run.as_of * 60}\n"
            )


def _request_lines(district: District, requests: Iterable[Request], pauses: list[str]) -> Iterator[str]:
    """One line a request, as the help desk tells it at the end of the district's last week; its pause goes to ``pauses``, if it ever began."""
    seed, told_until = district.design.seed, district.design.n_weeks * WEEK
    for one in requests:
        key = f"{seed}-{one.school}-{one.number}"
        ends = one.ended
        resolved = withdrawn = responded = NULL
        if ends <= told_until:
            is_resolved = one.opened + one.withdrawn >= one.moment(ceil(one.resolution))
            resolved, withdrawn = (at(ends - 0.5), NULL) if is_resolved else (NULL, at(ends - 0.5))
        responds = one.opened + ceil(one.response)
        if one.response < one.resolution and responds <= min(ends, told_until):
            responded = at(responds - 0.5)
        waited = 0
        asks = one.opened + one.waits_from
        if asks < min(ends, told_until):
            answers = min(asks + one.waiting, ends - 0.5, told_until)
            waited = int((answers - asks) * 60)
            pauses.append(f"{key}\trequester_wait\t{at(asks)}\t{at(answers)}\t{int(asks * 60)}\t{int(answers * 60)}\n")
        yield (
            f"{key}\t{SOURCE}\t{school_key(district, one.school)}\t{seed}-u{district.types[one.type].unit}\tt{one.type}\t{one.priority}\t"
            f"{day_of(one.opened)}\t{at(one.opened)}\t{one.opened * 60}\t"
            f"{responded}\t{NULL if responded == NULL else responds * 60 - 30}\t"
            f"{resolved}\t{withdrawn}\t{NULL if ends > told_until else int(ends * 60) - 30}\t{waited}\t{NULL}\n"
        )


def _chunks(lines: Iterable[str]) -> Iterator[str]:
    chunk: list[str] = []
    for line in lines:
        chunk.append(line)
        if len(chunk) == CHUNK_ROWS:
            yield "".join(chunk)
            chunk.clear()
    yield "".join(chunk)
