"""The models put a simulated district's requests at risk for exactly as long as they were, in windows with late entry and censoring."""

from types import SimpleNamespace

import psycopg
import pytest
from benchmarks.detection_parts import method
from benchmarks.detection_parts.landing import Run, land, make_tables, run_id, settle

from schoolward.sample.simulate import WEEK, Clock, Design, District, Request, draw, exposures
from schoolward.warehouse.connection import url

RUNS = (Run("year", 0, 9 * WEEK), Run("trailing", 5 * WEEK, 9 * WEEK), Run("year", 0, 13 * WEEK))
"""As of the middle, when much was still to come, and of the end; one window that begins after many requests had been opened."""

Row = tuple[str, str, str, int, int, bool]


@pytest.fixture(scope="module")
def district() -> District:
    return draw(Design(seed=8, n_schools=15, n_requests=80))


@pytest.fixture(scope="module")
def requests(district: District) -> list[Request]:
    return list(district.requests())


@pytest.fixture(scope="module")
def seen(warehouse: SimpleNamespace, district: District, requests: list[Request]) -> set[Row]:
    """Run, clock, request, entry and exit in minutes, and whether it happened, as the models have it."""
    with psycopg.connect(url("transformer"), autocommit=True) as connection:
        make_tables(connection)
        land(connection, district, requests, RUNS)
        settle(connection)
        method.build()
        return set(
            connection.execute(
                "select run_id, clock, request_key, entry_minutes, exit_minutes, is_event from indicators.int_detection__exposure"
            )
        )


@pytest.mark.parametrize("run", RUNS, ids=str)
@pytest.mark.parametrize("clock", Clock)
def test_every_request_is_at_risk_from_its_entry_to_its_exit(
    district: District, requests: list[Request], seen: set[Row], run: Run, clock: Clock
) -> None:
    """To the minute: waits for the requester taken out, the withdrawn censored, the resolved without a reply answered by it."""
    expected = {
        (run_id(district, run), clock.value, f"8-{one.request.school}-{one.request.number}", one.entry, one.exit, one.is_event)
        for one in exposures(district, requests, begins=run.begins, as_of=run.as_of, with_expected=False)
        if one.clock is clock
    }  # fmt: skip
    assert len(expected) > 300
    found = {row for row in seen if row[0] == run_id(district, run) and row[1] == clock.value}
    assert found == expected


def test_the_windows_hold_late_entries_waits_and_withdrawn_requests(requests: list[Request], seen: set[Row]) -> None:
    assert sum(entry > 0 for _, _, _, entry, _, _ in seen) > 50
    assert sum(one.waiting > 0 for one in requests) > 50
    assert sum(one.withdrawn < one.resolution for one in requests) > 10
