"""What the adapter adds to Airflow: one sentence for a failure, changes announced once, times and connections read."""

import json
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from schoolward.errors import (
    AccessRefusedError,
    CompletenessError,
    DistrictFileError,
    DriftError,
    SchoolwardError,
    SignInRefusedError,
    SourceError,
)
from schoolward.warehouse.changes import Change  # fmt: skip


@pytest.fixture
def adapter() -> Any:
    from schoolward import airflow_adapter

    return airflow_adapter


def failure_of(error: BaseException | None, **task: Any) -> dict[str, Any]:
    instance = {"dag_id": "ingest_helpdesk", "task_id": "load", "map_index": 0, "rendered_map_index": "incident"} | task
    return {"ti": SimpleNamespace(**instance), "exception": error}


def last_line(adapter: Any, caplog: pytest.LogCaptureFixture, context: dict[str, Any]) -> str:
    with caplog.at_level(logging.INFO):
        adapter.tell_failure(context)
    return caplog.messages[-1]


def test_the_last_line_names_dag_task_and_stream_and_holds_every_mistake(
    adapter: Any, caplog: pytest.LogCaptureFixture
) -> None:
    error = DistrictFileError(["district.toml: one.", "district.toml: two."])
    told = last_line(adapter, caplog, failure_of(error))
    assert told == "ingest_helpdesk load incident failed: district.toml: one. district.toml: two."


def test_the_last_line_of_an_unnamed_mapped_task_holds_its_number(
    adapter: Any, caplog: pytest.LogCaptureFixture
) -> None:
    told = last_line(adapter, caplog, failure_of(SchoolwardError("No."), rendered_map_index=None, map_index=3))
    assert told == "ingest_helpdesk load 3 failed: No."


def test_the_last_line_for_a_bug_holds_its_kind_and_first_line_alone(
    adapter: Any, caplog: pytest.LogCaptureFixture
) -> None:
    told = last_line(adapter, caplog, failure_of(KeyError("x\nvalues of a row"), map_index=-1, rendered_map_index=None))
    assert told.startswith("ingest_helpdesk load failed: KeyError: ")
    assert "\n" not in told


def test_a_task_stopped_from_outside_says_so(adapter: Any, caplog: pytest.LogCaptureFixture) -> None:
    assert last_line(adapter, caplog, failure_of(None)).endswith("failed: it was stopped from outside.")


@pytest.mark.parametrize(
    "error",
    [DistrictFileError(["x"]), SignInRefusedError("x"), AccessRefusedError("x"), DriftError("x")],
    ids=lambda e: type(e).__name__,
)
def test_what_a_person_must_mend_is_not_tried_again(adapter: Any, error: Exception) -> None:
    assert adapter.RETRY_POLICY.evaluate(error, 1, 3).action.value == "fail"


@pytest.mark.parametrize(
    "error",
    [SourceError("x"), CompletenessError("x"), SchoolwardError("x"), OSError("x")],
    ids=lambda e: type(e).__name__,
)
def test_what_may_pass_is_tried_again(adapter: Any, error: Exception) -> None:
    assert adapter.RETRY_POLICY.evaluate(error, 1, 3).action.value == "default"


def test_a_sentence_comes_without_the_frames_that_led_to_it_and_a_bug_with_all(adapter: Any) -> None:
    def deep(error: Exception) -> None:
        try:
            raise ValueError("a secret inside")
        except ValueError:
            raise error from None

    shallow = adapter.short_traceback(deep)
    with pytest.raises(SourceError) as told:
        shallow(SourceError("The source is down."))
    assert "deep" not in [frame.name for frame in told.traceback]
    with pytest.raises(KeyError) as bug:
        shallow(KeyError("x"))
    assert "deep" in [frame.name for frame in bug.traceback]


class Events(list[Any]):
    """The events of an asset as Airflow gives them to a task."""

    def ascending(self, flag: bool) -> "Events":
        return Events(self if flag else reversed(self))

    def limit(self, n: int) -> "Events":
        return Events(self[:n])


@pytest.fixture
def tell(adapter: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a task's work with the newest load in the books and the events there were; gives the new event, None if skipped."""
    from airflow.sdk.exceptions import AirflowSkipException

    def call(
        work: Callable[[], object], asset: Any, newest: Change | None, *told: Any, run_type: str = "asset_triggered"
    ) -> dict[str, Any] | None:
        event = SimpleNamespace(extra={})
        context = {
            "inlet_events": {asset: Events([SimpleNamespace(extra=extra) for extra in told])},
            "outlet_events": {asset: event},
            "dag_run": SimpleNamespace(run_type=run_type),
        }
        monkeypatch.setattr(adapter, "get_current_context", lambda: context)
        monkeypatch.setattr("schoolward.warehouse.changes.newest_change", lambda source=None: newest)
        try:
            work()
        except AirflowSkipException:
            return None
        return dict(event.extra)

    return call


@pytest.fixture
def publish(adapter: Any, tell: Any) -> Any:
    def call(newest: Change | None, *told: Any) -> dict[str, Any] | None:
        event: dict[str, Any] | None = tell(
            lambda: adapter.announce_changes("sis"), adapter.raw_asset("sis"), newest, *told
        )
        return event

    return call


@pytest.fixture
def build(adapter: Any, tell: Any, monkeypatch: pytest.MonkeyPatch, lakeside_file: Path) -> Any:
    monkeypatch.setenv("SCHOOLWARD_DISTRICT", str(lakeside_file))

    def call(newest: Change | None, *told: Any, missing: Sequence[str] = (), run_type: str = "asset_triggered") -> Any:
        monkeypatch.setattr("schoolward.warehouse.changes.missing_from_first_picture", lambda streams: list(missing))
        return tell(adapter.begin_build, adapter.MARTS, newest, *told, run_type=run_type)

    return call


def load(load_id: int, year: int = 2025) -> Change:
    return Change(load_id, datetime(year, 9, 1, tzinfo=UTC))


def test_a_change_is_announced_once(publish: Any) -> None:
    first = publish(load(7))
    assert first["load_id"] == 7
    assert publish(load(7), first) is None


def test_a_source_that_never_changed_is_not_announced(publish: Any) -> None:
    assert publish(None) is None


def test_rows_of_a_load_that_died_before_it_could_say_so_are_announced_by_the_next_run(publish: Any) -> None:
    first = publish(load(3))
    second = publish(load(7), first)
    assert publish(load(9), first, second)["load_id"] == 9


def test_a_warehouse_made_anew_is_announced_although_its_loads_count_from_one_again(publish: Any) -> None:
    before = publish(load(7))
    assert publish(load(2, year=2026), before)["load_id"] == 2
    assert publish(load(7, year=2026), before)["load_id"] == 7


def test_the_first_build_waits_for_every_streams_first_load(build: Any) -> None:
    assert build(load(3), missing=["hr.hr_leave"]) is None
    assert build(load(5))["load_id"] == 5


def test_a_build_that_has_seen_every_load_is_not_made_again(build: Any) -> None:
    """The last source of a round announces itself when the build that its neighbours set off has read its rows already."""
    built = build(load(5))
    assert build(load(5), built) is None
    assert build(load(6), built)["load_id"] == 6


def test_a_build_asked_for_by_hand_is_always_made(build: Any) -> None:
    built = build(load(5))
    assert build(load(5), built, run_type="manual")["load_id"] == 5
    assert build(load(5), missing=["hr.hr_leave"], run_type="manual")["load_id"] == 5
    assert build(None, run_type="manual") == {}


def test_a_date_without_an_offset_is_the_districts_own(adapter: Any, lakeside_district: Any) -> None:
    assert adapter.instant("2025-09-01", lakeside_district) == datetime(2025, 9, 1, 5, tzinfo=UTC)
    assert adapter.instant("2025-09-01T00:00:00Z", lakeside_district) == datetime(2025, 9, 1, tzinfo=UTC)
    assert adapter.instant(None, lakeside_district) is None


def test_a_date_that_is_none_fails_the_task_at_once_with_an_example(adapter: Any, lakeside_district: Any) -> None:
    from airflow.sdk.exceptions import AirflowFailException

    with pytest.raises(
        AirflowFailException, match=r"'last Tuesday', which is no date\. Trigger .* 2025-09-01T00:00:00-05:00"
    ):
        adapter.instant("last Tuesday", lakeside_district)


def test_streams_that_a_run_leaves_out_are_skipped(adapter: Any) -> None:
    from airflow.sdk.exceptions import AirflowSkipException

    assert adapter.each_stream(["incident"], [], str.upper) == "INCIDENT"
    assert adapter.each_stream(["incident", "journal", "audit"], ["incident", "audit"], str.upper) == "INCIDENT\nAUDIT"
    with pytest.raises(AirflowSkipException, match="task_sla only"):
        adapter.each_stream(["incident"], ["task_sla"], str.upper)


def test_a_stream_that_fails_in_a_batch_holds_up_no_neighbour_and_is_told(adapter: Any) -> None:
    from schoolward.errors import DriftError, SchoolwardError

    done: list[str] = []

    def work(stream: str) -> str:
        done.append(stream)
        if stream.startswith("bad"):
            raise DriftError(f"{stream}.csv has no column.")
        return stream

    with pytest.raises(DriftError, match=r"^bad_one\.csv has no column\.$"):
        adapter.each_stream(["bad_one", "good"], [], work)
    with pytest.raises(
        SchoolwardError, match=r"^2 of 3 streams failed\. bad_one: bad_one\.csv .* bad_two: bad_two\.csv"
    ):
        adapter.each_stream(["bad_one", "bad_two", "good"], [], work)
    assert done == ["bad_one", "good", "bad_one", "bad_two", "good"]


def test_airflow_finds_a_connection_of_its_secrets_backends_without_running(
    adapter: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = {
        "conn_type": "http",
        "host": "helpdesk.example",
        "port": 8443,
        "login": "us",
        "password": "it's",
        "extra": {"auth": "basic"},
    }
    monkeypatch.setenv("AIRFLOW_CONN_HELPDESK_TEST", json.dumps(value))
    found = adapter.airflow_connection("helpdesk_test")
    assert {key: found[key] for key in value} == value


def test_pools_bound_every_source_and_keep_the_slots_a_person_gave_them(
    adapter: Any, lakeside_district: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from airflow.models.pool import Pool

    made: dict[str, int] = {}
    monkeypatch.setattr(
        Pool, "get_pools", lambda: [SimpleNamespace(pool="source_sis"), SimpleNamespace(pool="default_pool")]
    )
    monkeypatch.setattr(Pool, "create_or_update_pool", lambda name, slots, *_, **__: made.update({name: slots}))
    adapter.ensure_pools(lakeside_district)
    assert set(made) == {
        "source_helpdesk", "source_facilities_desk", "source_hr", "source_registers", "warehouse", "delivery",
    }  # fmt: skip
    assert all(slots > 0 for slots in made.values())
