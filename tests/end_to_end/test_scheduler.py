"""From the source systems to delivered mail, by Airflow's own scheduler. The tests share one platform and run in order."""

import email
import email.policy
import re
from datetime import datetime
from typing import Any

import pytest

pytestmark = pytest.mark.timeout(1200)  # the first test starts the platform and waits for the first pull


def test_every_stream_lands_by_a_task_of_its_own_and_small_registers_by_one(platform: Any, first_pull: Any) -> None:
    from schoolward.airflow_adapter import stream_batches

    for source, run in first_pull.items():
        assert run.state == "success"
        states = run.states("load")
        assert set(states.values()) == {"success"}
        batches = stream_batches(platform.district, source)
        assert sorted(label.partition(",")[0] for label in states) == sorted(batch[0] for batch in batches)
        publishes = [one.states("publish")["publish"] for one in platform.ended(f"ingest_{source}")]
        assert publishes.count("success") == 1, "a run on the hour may have been first; the rows are announced once"
        assert run.states("watch") == {"watch": "skipped"}
    failed = platform.ask("select source, stream, message from ops.load where status = 'failed'")
    assert failed == []


def test_new_rows_set_off_the_models_once_the_picture_is_whole_and_the_models_the_alerts(
    platform: Any, first_pull: Any
) -> None:
    def states(dag_id: str, task_id: str) -> list[str]:
        assert {run["run_type"] for run in platform.runs(dag_id)} == {"asset_triggered"}
        return [run.states(task_id)[task_id] for run in platform.ended(dag_id)]

    built = states("transform", "build")
    assert set(built) <= {"skipped", "success"}
    assert built.count("success") == 1, "too early before every stream has landed, for nothing after the build"
    assert states("alert", "deliver") == ["success"]


def test_the_mailbox_holds_alerts_and_a_digest_with_pictures(platform: Any, first_pull: Any) -> None:
    mails = [
        email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        for path in platform.mailbox.glob("*.eml")
    ]
    assert mails
    n_pictures = [sum(part.get_content_maintype() == "image" for part in mail.walk()) for mail in mails]
    assert max(n_pictures) >= 2
    undelivered = platform.ask("select state, last_error from alerts.outbox where state <> 'delivered'")
    assert undelivered == []


def test_a_pull_that_brings_nothing_new_sets_off_nothing(platform: Any, first_pull: Any) -> None:
    before = len(platform.runs("transform"))
    run = platform.run("ingest_hr")
    assert run.state == "success"
    assert run.states("publish") == {"publish": "skipped"}
    assert platform.api.queued_assets("transform") == 0
    assert len(platform.runs("transform")) == before


def test_a_backfill_from_a_chosen_date_asks_again_for_the_chosen_stream_and_doubles_nothing(
    platform: Any, first_pull: Any
) -> None:
    count = "select count(*) from raw_servicenow.incident"
    [(before,)] = platform.ask(count)
    run = platform.run("ingest_helpdesk", {"since": "2026-03-01T00:00:00-06:00", "streams": ["incident"]})
    assert run.state == "success"
    states = run.states("load")
    assert states.pop("incident") == "success"
    assert set(states.values()) == {"skipped"}
    [(mode, window_from, n_seen, n_new)] = platform.ask(
        "select mode, window_from, n_seen, n_new from ops.load where stream = 'incident' order by load_id desc limit 1"
    )
    assert (mode, window_from) == ("backfill", datetime.fromisoformat("2026-03-01T06:00:00+00:00"))
    assert n_seen > 0
    assert n_new == 0
    assert platform.ask(count) == [(before,)]


def test_a_failing_stream_is_named_in_its_last_log_line_and_holds_up_no_other(platform: Any, first_pull: Any) -> None:
    platform.faults("helpdesk", {"kind": "forbidden", "path": "/table/sys_user_group", "times": None})
    try:
        run = platform.run("ingest_helpdesk")
    finally:
        platform.faults("helpdesk")
    assert run.state == "failed"
    states = run.states("load")
    assert states.pop("sys_user_group") == "failed"
    assert set(states.values()) == {"success"}
    told = run.last_line("load", "sys_user_group")
    assert told.startswith("ingest_helpdesk load sys_user_group failed: ")
    assert "403" in told
    assert run.last_line("watch").startswith("ingest_helpdesk watch failed: ")


def test_a_failed_model_is_named_in_the_last_log_line_and_nobody_is_alerted(
    platform: Any, first_pull: Any, no_select_on_orgs: None
) -> None:
    n_alert_runs = len(platform.runs("alert"))
    run_id = platform.trigger("transform")
    run = platform.wait("transform", run_id, until=lambda run: run.states("build")["build"] == "up_for_retry")
    platform.give_up("transform", run_id)
    told = run.last_line("build")
    assert re.match(r"transform build failed: dbt: \d+ failed: (model|seed|test) \w+: ", told), told
    assert "permission denied" in told
    assert platform.api.queued_assets("alert") == 0
    assert len(platform.runs("alert")) == n_alert_runs


@pytest.mark.parametrize("dag_id", ["reconcile", "maintain", "digest"])
def test_the_clockwork_runs(platform: Any, first_pull: Any, dag_id: str) -> None:
    run = platform.run(dag_id)
    assert run.state == "success", [(task["task_id"], run.last_line(task["task_id"])) for task in run.tasks]
