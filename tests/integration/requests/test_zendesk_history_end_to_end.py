"""A help desk's history, from another program's server to our clocks, held to a count minute by minute.

Two servers tell the same history in different ways; both are pulled at several times, and the models are built after each pull, so that
most of what is compared was built a step at a time.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from psycopg.rows import dict_row
from tests.integration.requests.helpdesk_count import HOURS, Expected, OpenMinutes, expected
from tests.integration.requests.helpdesk_history import BEGIN, END, Ticket, history
from tests.integration.requests.helpdesk_wire import write_folder
from tests.integration.requests.plain_account import Account, serving

from schoolward import dbt_adapter
from schoolward.district import District, load_district
from schoolward.ingest.run import ingest_stream
from schoolward.sample.replay.client import start
from schoolward.sources.zendesk import STREAMS
from schoolward.warehouse.connection import connect

N_TICKETS = 400
PULLS = (datetime(2024, 11, 3, 7, 30, tzinfo=UTC), datetime(2025, 12, 28, 15, 59, 31, tzinfo=UTC), END)
"""The first lies in the hour that the clocks show twice."""
SOURCES = ("desk", "plain")
CREDENTIALS = {
    "REPLAY_CLIENT_ID": "c",
    "REPLAY_CLIENT_SECRET": "s",
    "REPLAY_USER": "svc@desk.example",
    "REPLAY_PASSWORD": "token",
}
CLOCKS = ("first_response", "resolution", "requester_wait", "on_hold", "waiting_so_far")
Clocks = dict[tuple[str, int], dict[str, Any]]
Counts = dict[tuple[str, int], Expected]


@dataclass
class Desk:
    """The history, the two servers that tell it, and the warehouse they are pulled into."""

    district: District
    tickets: list[Ticket]
    set_clock: Callable[[datetime], None]
    opens: dict[str, OpenMinutes]

    def pull(self, at: datetime) -> None:
        """Pull every stream of both, and build the requests."""
        self.set_clock(at)
        statuses = {ingest_stream(self.district, source, s.name).status for source in SOURCES for s in STREAMS}
        assert statuses <= {"done", "skipped"}
        dbt_adapter.build("+taken_basis", with_data_tests=False)

    def clocks(self) -> Clocks:
        """``core.request_clock`` by source and by the number that people quote."""
        question = """
            select source_name, request_number::bigint as number, clocks.*
            from core.request_clock as clocks join core.service_request using (request_key, source_name)
        """
        with connect("transformer", row_factory=dict_row) as connection:
            return {(row["source_name"], row["number"]): row for row in connection.execute(question).fetchall()}

    def counts(self, at: datetime) -> Counts:
        """What both must say at an instant."""
        counted = {ticket.id: expected(ticket, self.opens, at) for ticket in self.tickets}
        return {(source, id): count for source in SOURCES for id, count in counted.items() if count is not None}


@pytest.fixture(scope="module")
def desk(
    fresh_warehouse: Callable[[District], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Pulled and built at every instant but the last."""
    folder = tmp_path_factory.mktemp("desk")
    tickets = history(N_TICKETS, seed=20241103)
    write_folder(folder, tickets)
    district = load_district(Path(__file__).parent / "desk_district.toml")
    account = Account(tickets, BEGIN)
    with (
        fresh_warehouse(district),
        pytest.MonkeyPatch.context() as patch,
        start("zendesk", folder, BEGIN, CREDENTIALS) as server,
        serving(account),
    ):

        def set_clock(at: datetime) -> None:
            server.set_clock(at)
            account.clock = at

        access = {"conn_type": "http", "host": "127.0.0.1", "login": "svc@desk.example", "password": "token"}
        patch.setenv("AIRFLOW_CONN_DESK", json.dumps({**access, "port": server.port}))
        patch.setenv("AIRFLOW_CONN_PLAIN", json.dumps({**access, "port": account.port}))
        made = Desk(district, tickets, set_clock, {unit: OpenMinutes(unit) for unit in HOURS})
        for at in PULLS[:-1]:
            made.pull(at)
        yield made


def _differences(found: Clocks, wanted: Counts) -> list[str]:
    told = [f"{key}: there, but not wanted" for key in sorted(found.keys() - wanted.keys())]
    told += [f"{key}: wanted, but not there" for key in sorted(wanted.keys() - found.keys())]
    for key in sorted(found.keys() & wanted.keys()):
        row, count = found[key], wanted[key]
        if row["unit_id"] != count.unit:
            told.append(f"{key}: unit {row['unit_id']}, counted {count.unit}")
        for clock in CLOCKS:
            for kind, minutes in zip(("business", "calendar"), getattr(count, clock), strict=True):
                value = row[f"{clock}_{kind}_minutes"]
                if (value is None) != (minutes is None) or (
                    minutes is not None and abs(float(value) - minutes) > 0.011
                ):
                    told.append(f"{key}: {clock} {kind} {value}, counted {minutes}")
    return told


@pytest.mark.timeout(1800)  # three builds, each of a hundred models
def test_every_clock_equals_the_count_after_pulls_a_step_at_a_time(desk: Desk) -> None:
    assert _differences(desk.clocks(), desk.counts(PULLS[-2])) == []
    desk.pull(PULLS[-1])
    wanted = desk.counts(PULLS[-1])
    assert _differences(desk.clocks(), wanted) == []
    for clock in CLOCKS:
        assert sum(bool(getattr(count, clock)[0]) for count in wanted.values()) > 60, (
            f"the history hardly tries {clock}"
        )


@pytest.mark.timeout(1800)
def test_a_district_with_nothing_but_a_help_desk_builds_everything_without_an_error(desk: Desk) -> None:
    summary = dbt_adapter.build()
    assert summary.n_models > 200
    assert summary.n_tests > 200
