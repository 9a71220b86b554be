"""The alert run and the mail server may be killed at any moment: no alert is lost, and nobody's mailbox holds one twice."""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.faults.killed_delivery import Told, live_through
from tests.integration.alerts.conftest import empty_life_cycle, empty_marts
from tests.integration.alerts.made_up_marts import MARTS_DDL, Marts, digest_ddl

from schoolward.warehouse.connection import connect

N_KILLS = int(os.environ.get("SCHOOLWARD_KILLS", "6"))
KILLS_A_WEEK = 3
SEED = 20260502


@pytest.fixture
def marts(warehouse: SimpleNamespace) -> Iterator[Marts]:
    with connect("transformer") as connection:
        connection.execute(MARTS_DDL)
        connection.execute(digest_ddl())
    with empty_marts() as marts:
        yield marts


def _live(folder: Path, marts: Marts, n_weeks: int, n_kills: int) -> Told:
    marts.clear()
    with empty_life_cycle() as owner:
        return live_through(folder, marts, owner.connection, n_weeks, n_kills, KILLS_A_WEEK, random.Random(SEED))


@pytest.mark.timeout(3600)
def test_after_random_kills_of_run_and_mail_server_every_mail_is_there_once_and_nothing_else_differs(
    marts: Marts, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    n_weeks = 1 + -(-N_KILLS // KILLS_A_WEEK)
    calm = _live(tmp_path / "calm", marts, n_weeks, 0)
    assert len(calm.mails) > 6 * n_weeks, "weeks without mails would prove nothing"
    assert set(calm.arrivals.values()) == {1}
    assert {row["state"] for row in calm.content["outbox"]} == {"delivered"}
    assert len(calm.mails) == len(calm.content["outbox"])

    struck = _live(tmp_path / "struck", marts, n_weeks, N_KILLS)
    n_again = sum(n - 1 for n in struck.arrivals.values())
    with capsys.disabled():
        print(
            f"\n{struck.killed.total()} kills ({', '.join(f'{n} {kind}' for kind, n in sorted(struck.killed.items()))}):"
            f" {len(struck.mails)} mails, {n_again} of them handed over again under the same Message-ID"
        )
    assert struck.killed.total() == N_KILLS
    for name, expected in calm.content.items():
        assert struck.content[name] == expected, f"{name} after {struck.killed}"
    assert struck.mails == calm.mails
    assert set(struck.arrivals) == set(calm.arrivals)
    assert n_again <= N_KILLS, "a kill repeats the one mail that was on its way"
